"""The class from which all others come.

A message says what was expected, what came and what to do. `code` is stable and documented in
docs/api.md; only service/errors.py knows which HTTP number belongs to it.
"""


class WorkerError(Exception):
    """Something went wrong that is not the caller's fault; the log has the rest.

    Attributes:
        pointer: the place in the request that is to blame (RFC 6901), "" for all of it.
    """

    code = "internal_error"

    def __init__(self, detail: str, pointer: str = "") -> None:
        super().__init__(detail)
        self.pointer = pointer


def family(kind: type[WorkerError] = WorkerError) -> list[type[WorkerError]]:
    """Returns the class and everything below it, depth first."""
    return [kind, *(below for child in kind.__subclasses__() for below in family(child))]

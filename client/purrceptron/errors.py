"""What can go wrong, one class for each decision of the caller."""

from __future__ import annotations

from typing import Any, NamedTuple

import httpx

from purrceptron.rendering import printable

# What a caller may put otherwise, who knows how the address was said.
RIGHT_ADDRESS = "Is this the address of the service?"
RUNNING = "Is the service running there?"


class PurrError(Exception):
    """Whatever this library raises of its own."""


class Unreachable(PurrError):
    """Nothing answered in time at the address.

    `begun` says whether the request may have arrived, so that it may have been done all the same.
    """

    def __init__(self, message: str, *, begun: bool = True) -> None:
        super().__init__(message)
        self.begun = begun


class Stranger(PurrError):
    """What answered at the address does not speak as this service does."""


class Overdue(PurrError, TimeoutError):
    """What was waited for did not come within the seconds that were given; it goes on."""


class Failed(PurrError):
    """A job or a dataset did not end well; `record` is it, as it ended.

    `code` and `detail` say why, as the service's table of problems has them.
    """

    def __init__(self, record: Any) -> None:
        problem = record.problem
        self.record = record
        self.code: str = problem.code if problem else record.state
        self.detail: str = problem.detail if problem else f"{record.id} was {record.state}."
        super().__init__(printable(f"{self.detail} ({self.code})"))


class Fault(NamedTuple):
    """One thing wrong in a request; `place` points into the body, or names a parameter."""

    place: str
    detail: str


class Refused(PurrError):
    """The service refused. Decide by the class or by `code`, which never changes.

    Attributes:
        status: of the answer, such as 404.
        code: which kind of problem it is, such as `dataset_not_found`.
        detail: the same for people.
        faults: what is wrong where in the request.
        request_id: by which the service's log names the request; None if it did not say.
        retry_after_s: in how many seconds it is worth another try; None if it did not say.
        problem: the whole problem document; `away`, `guard` and the like stand there.
    """

    def __init__(self, status: int, problem: dict[str, Any], retry_after_s: float | None) -> None:
        self.status, self.problem, self.retry_after_s = status, problem, retry_after_s
        self.code = str(problem["code"])
        self.detail = str(problem["detail"])
        self.request_id: str | None = problem.get("request_id")
        errors = problem.get("errors")
        self.faults = [
            Fault(each.get("pointer") or each.get("parameter") or "", str(each.get("detail")))
            for each in (errors if isinstance(errors, list) else ())
            if isinstance(each, dict)
        ]
        super().__init__(printable(f"{self.detail} ({self.code})"))


class Invalid(Refused):
    """The request cannot be used as it is: mend what `faults` and `detail` name."""


class Unauthenticated(Refused):
    """The service asks for a key, and got none or a wrong one."""


class Forbidden(Refused):
    """The service does not go by this name, or does not let this origin in."""


class NotFound(Refused):
    """There is no such dataset, job, model, row or route."""


class Conflict(Refused):
    """What is there does not allow it now: `detail` says what stands in the way."""


class Busy(Refused):
    """The service cannot do it now, and another try may end otherwise.

    Nothing was begun, unless `code` is `acceptance_unknown`: then what was submitted may have been
    accepted or not.
    """


class NoRoom(Refused):
    """The service's disk or its queue is full."""


class ServiceFault(Refused):
    """The service is at fault, or what stands between; its log says more."""


BY_STATUS: dict[int, type[Refused]] = {
    401: Unauthenticated,
    403: Forbidden,
    404: NotFound,
    408: Busy,
    409: Conflict,
    412: Conflict,
    421: Forbidden,
    429: Busy,
    503: Busy,
    507: NoRoom,
}


def refusal(response: httpx.Response) -> Refused:
    """Returns the error that an answer is, of which the body is there.

    Of an answer that is not in the service's words, such as one of a proxy, `code` is `http_502`.
    """
    status = response.status_code
    problem = _problem(response) or {
        "code": f"http_{status}",
        "detail": f"{response.url} answered {status} {response.reason_phrase} and no reason. "
        f"{RIGHT_ADDRESS}",
    }
    kind = BY_STATUS.get(status, ServiceFault if status >= 500 else Invalid)
    return kind(status, problem, _seconds(response.headers.get("Retry-After")))


def _problem(response: httpx.Response) -> dict[str, Any] | None:
    try:
        problem = response.json()
    except ValueError:
        return None
    known = isinstance(problem, dict) and {"code", "detail"} <= problem.keys()
    return problem if known else None


def _seconds(header: str | None) -> float | None:
    return float(header) if header and header.isdecimal() else None

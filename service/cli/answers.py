"""What the service said, as its client understands it: answers and refusals."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, Self, TypeAlias

# An HTTP library, which `purr --help` should not wait for.
if TYPE_CHECKING:
    import httpx

Json: TypeAlias = dict[str, Any]


class Fault(NamedTuple):
    """One thing wrong in a request; `place` points into the body, or names a parameter."""

    place: str
    detail: str


class ApiError(Exception):
    """The service refused; `code` is stable, `errors` say what was wrong where."""

    def __init__(self, code: str, detail: str, errors: Sequence[Fault] = ()) -> None:
        super().__init__(detail)
        self.code, self.detail, self.errors = code, detail, tuple(errors)

    @classmethod
    def of(cls, response: httpx.Response) -> Self:
        """The error that a problem document describes, or the bare status of a foreign answer."""
        status = response.status_code
        try:
            problem = response.json()
            errors = [
                Fault(e.get("pointer") or e.get("parameter") or "", e["detail"])
                for e in problem.get("errors") or ()
            ]
            return cls(problem["code"], problem["detail"], errors)
        except (ValueError, LookupError, TypeError, AttributeError):
            reason = f"{response.url} answered {status} {response.reason_phrase}"
            return cls(f"http_{status}", f"{reason} and no reason. Check PURR_URL.")

    @classmethod
    def of_record(cls, record: Json) -> Self:
        """Why a dataset was rejected or a job did not succeed."""
        name, state = record["id"], record["state"]
        problem = record.get("problem") or {"code": state, "detail": f"{name} was {state}."}
        return cls(problem["code"], problem["detail"])


class Unreachable(Exception):
    """Nothing answered in time at the address, or not in the words of this service."""


class Answer(NamedTuple):
    """What the service said: the very bytes, and what they mean."""

    raw: bytes
    json: Json

    @classmethod
    def of(cls, said: Json) -> Self:
        return cls(json.dumps(said).encode(), said)

    @classmethod
    def read(cls, raw: bytes) -> Self:
        """Returns the answer in these bytes.

        Raises:
            ValueError: they are not a JSON object.
        """
        value = json.loads(raw)
        if not isinstance(value, dict):
            raise ValueError(f"Expected a JSON object, got {type(value).__name__}.")
        return cls(raw, value)

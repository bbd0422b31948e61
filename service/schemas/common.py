"""What answers of every kind are made of."""

from typing import Generic, TypeVar

from pydantic import BaseModel

from service.schemas.guard import Guard

Item = TypeVar("Item")


class Page(BaseModel, Generic[Item]):
    data: list[Item]
    next: str | None


class Problem(BaseModel):
    code: str
    detail: str


class Fault(BaseModel):
    """What is wrong in one place of a request: in its body or among its parameters."""

    pointer: str | None = None
    parameter: str | None = None
    detail: str


class ProblemDocument(Problem):
    """A failure as RFC 9457 describes it; `code` says which kind it is, and does not change.
    `errors` names the places that are to blame, `away` what the service misses, `guard` what is to
    be said against a version that was to go live."""

    type: str
    title: str
    status: int
    request_id: str | None = None
    errors: list[Fault] | None = None
    errors_left_out: int | None = None
    away: list[str] | None = None
    guard: Guard | None = None


class Finding(BaseModel):
    code: str
    severity: str
    message: str

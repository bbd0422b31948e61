"""Aliases of a model, and their moves."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field

from service.schemas.guard import Guard
from worker.jsontypes import Json
from worker.operations.promotions import Promoted
from worker.store.aliases import Move, Named
from worker.store.operating_point import USUAL


class Wanted(BaseModel):
    """The version that an alias is to name; force makes it champion whatever the guard says.

    `threshold` and `unsure` are its operating point: of two classes, the probability from which on
    the second is the label, null for whichever is the more probable; and whether answers may be
    unsure. What is left out stays as it is."""

    model_config = {"extra": "forbid", "strict": True}

    version: Annotated[int, Field(ge=1, le=2**31 - 1)]
    force: bool = False
    reason: Annotated[str, Field(max_length=500)] = ""
    threshold: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] | None = None
    unsure: bool = True

    @property
    def point(self) -> Json:
        """What of the operating point was sent."""
        return self.model_dump(include=self.model_fields_set & {"threshold", "unsure"})


class Promotion(Guard):
    """What became of a job's version: whether it was made champion, and what the guard said."""

    promoted: bool


class OperatingPoint(BaseModel):
    """How a version answers that is asked by an alias: of two classes, the probability from which
    on the second is the label, null for whichever is the more probable; and whether answers may be
    unsure."""

    threshold: float | None
    unsure: bool


class AliasMove(BaseModel):
    """A move of an alias. `who` is "caller", the id of a job, or "service"; `version` is null where
    the alias was deleted, `before` where it named none until then, `at` of a champion that nobody
    ever chose, and `guard` where it was not asked."""

    revision: int
    alias: str
    version: int | None
    before: int | None
    who: str
    why: str
    at: datetime | None
    forced: bool
    guard: Guard | None
    operating_point: OperatingPoint

    @classmethod
    def of(cls, move: Move) -> "AliasMove":
        return cls.model_validate(fields(move))


class Alias(AliasMove):
    """An alias: the move since which it names its version."""

    version: int

    @classmethod
    def of(cls, move: Move, guard: Json | None = None) -> "Alias":
        """Returns the alias; with what the guard says now, if it was asked."""
        return cls.model_validate(fields(move) | ({} if guard is None else {"guard": guard}))

    @classmethod
    def after(cls, promoted: Promoted) -> "Alias":
        return cls.of(promoted.move, promoted.verdict and promoted.verdict.as_dict())


class Aliases(BaseModel):
    """The aliases of a model by their names; `revision` counts all moves that there were."""

    revision: int
    data: list[Alias]
    next: str | None = None

    @classmethod
    def of(cls, named: Named) -> "Aliases":
        moves = [move for _, move in sorted(named.aliases.items())]
        return cls(revision=named.revision, data=[Alias.of(move) for move in moves])


def fields(move: Move) -> Json:
    """Returns what is told of a move."""
    return vars(move) | {"operating_point": vars(move.operating_point or USUAL)}

"""Aliases of a model, and their moves."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field

from service.schemas.guard import Guard
from worker.jsontypes import Json
from worker.operations.promotions import Promoted
from worker.store.aliases import Move, Named


class Wanted(BaseModel):
    """The version that an alias is to name; force makes it champion whatever the guard says."""

    model_config = {"extra": "forbid", "strict": True}

    version: Annotated[int, Field(ge=1, le=2**31 - 1)]
    force: bool = False
    reason: Annotated[str, Field(max_length=500)] = ""


class Promotion(Guard):
    """What became of a job's version: whether it was made champion, and what the guard said."""

    promoted: bool


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

    @classmethod
    def of(cls, move: Move) -> "AliasMove":
        return cls.model_validate(vars(move))


class Alias(AliasMove):
    """An alias: the move since which it names its version."""

    version: int

    @classmethod
    def of(cls, move: Move, guard: Json | None = None) -> "Alias":
        """Returns the alias; with what the guard says now, if it was asked."""
        return cls.model_validate(vars(move) | ({} if guard is None else {"guard": guard}))

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

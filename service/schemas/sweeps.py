"""A sweep: several jobs that differ in some fields, and which of them is best."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Literal, Self

from pydantic import BaseModel

from service.schemas.common import Problem
from service.schemas.jobs import ModelVersion
from worker.jobs.record import State, created_ms
from worker.jsontypes import Json
from worker.operations.sweep import Sweep as Found

States = Literal["waiting", "queued", "running", "paused", "given_up", "succeeded", "failed",
                 "cancelled"]  # fmt: skip


class RungOfSweep(BaseModel):
    """After how many epochs candidates are compared, how many of them begin that, and which went on
    from there; null before that is decided, and at the last."""

    epochs: int
    candidates: int
    went_on: list[int] | None


class Refit(BaseModel):
    """The job that trains the best candidate once more; `model` is null before it has succeeded."""

    job: str
    state: State
    model: ModelVersion | None


class SweepSummary(BaseModel):
    """A sweep without its leaderboard. `candidates` says how many are in each state, `best` which
    is best, null before that is decided, and `seconds` for how long all have trained."""

    id: str
    state: State
    requested: Literal["pause", "cancel"] | None
    method: str
    spec: Json
    vary: Json
    parallel: int
    budget: Json | None
    rungs: list[RungOfSweep]
    candidates: dict[States, int]
    seconds: float
    best: int | None
    refit: Refit | None
    problem: Problem | None
    created_at: datetime
    finished_at: datetime | None

    @classmethod
    def of(cls, sweep: Found, **more: object) -> Self:
        """Returns a sweep as JSON shows it."""
        body, end = sweep.body, sweep.book.end or {}
        asked = {name: body[name] for name in ("method", "spec", "vary", "parallel", "budget")}
        refit = sweep.refit_job
        return cls.model_validate(
            {
                **asked,
                "id": sweep.id,
                "state": sweep.state,
                "requested": (not end and sweep.book.wish) or None,
                "rungs": [*rungs_of(sweep)],
                "candidates": Counter(map(sweep.state_of, range(len(body["candidates"])))),
                "seconds": round(sweep.seconds, 3),
                "best": sweep.winner,
                "refit": refit and {**refit, "model": model_of(refit, body)},
                "problem": end.get("problem"),
                "created_at": datetime.fromtimestamp(created_ms(sweep.id) / 1000, UTC),
                "finished_at": end and datetime.fromtimestamp(end["at_ms"] / 1000, UTC) or None,
                **more,
            }
        )


class Standing(BaseModel):
    """A candidate on the leaderboard, by what it reached on the rows to validate in its best epoch
    so far. `job` is null where none could be made."""

    candidate: int
    changes: Json
    job: str | None
    state: States
    validation_loss: float | None
    validation_accuracy: float | None
    best_epoch: int | None
    epochs: int
    seconds: float


class Sweep(SweepSummary):
    """A sweep with its leaderboard."""

    leaderboard: list[Standing]

    @classmethod
    def of(cls, sweep: Found, **more: object) -> Self:
        return super().of(sweep, leaderboard=[], **more)


def rungs_of(sweep: Found) -> Iterator[Json]:
    for number, rung in enumerate(sweep.rungs):
        went_on = sweep.book.rungs[number] if number < len(sweep.book.rungs) else None
        yield {**rung._asdict(), "went_on": went_on}


def model_of(refit: Json, common: Json) -> Json | None:
    """The version that the best candidate has become."""
    if refit["version"] is None:
        return None
    return {"name": common["spec"].get("model", "model"), "version": refit["version"]}

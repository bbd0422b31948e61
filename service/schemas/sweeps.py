"""A sweep: several jobs that differ in some fields, and which of them is best."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Literal, Self

from pydantic import BaseModel

from service.schemas.common import Problem
from service.schemas.jobs import ModelVersion
from worker.jobs.record import State, created_ms
from worker.jsontypes import Json
from worker.operations.sweep import Sweep as Found
from worker.operations.sweep_judgement import Judgement
from worker.operations.sweep_leaderboard import Place

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
        refit, ended = sweep.refit_job, datetime.fromtimestamp(end.get("at_ms", 0) / 1000, UTC)
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
                "finished_at": ended if end else None,
                **more,
            }
        )


class Gap(BaseModel):
    """How far a candidate is behind the best: `p` is how often it would be by chance, were it not
    worse, and `accuracy` the interval in which the difference of their accuracies lies. By rows it
    is where what both answered for each row is known."""

    p: float
    accuracy: tuple[float, float]
    by_rows: bool


class Standing(BaseModel):
    """A candidate on the leaderboard: what it reached on the rows to validate in its best epoch so
    far. What is not over has no rank and no verdict; `tied` is what is not known to be worse than
    the best. `job` is null where there is none."""

    rank: int | None
    candidate: int
    changes: Json
    job: str | None
    state: States
    verdict: Literal["best", "tied", "worse", "given_up"] | None
    validation_loss: float | None
    validation_accuracy: float | None
    validation_accuracy_interval: tuple[float, float] | None
    gap: Gap | None
    epochs: int | None
    seconds: float | None

    @classmethod
    def of(cls, place: Place) -> Self:
        tried = place.tried
        return cls.model_validate(
            {
                **vars(tried),
                "rank": place.rank,
                "candidate": tried.index,
                "job": tried.job_id,
                "verdict": place.verdict,
                "validation_loss": tried.validation_cost,
                "validation_accuracy": place.accuracy,
                "validation_accuracy_interval": place.interval,
                "gap": place.gap and place.gap._asdict(),
            }
        )


class FieldOfSweep(BaseModel):
    """What a field that varies did: its share of the differences between costs, how often one that
    does nothing would seem to do as much, null where that cannot be told, the values that did best,
    and on which side of all that was tried still better ones may lie."""

    field: str
    share: float
    p: float | None
    best: list[Any]
    beyond: Literal["above", "below"] | None


class Sweep(SweepSummary):
    """A sweep, its leaderboard, the best first, which field mattered, and both in words."""

    said: str
    leaderboard: list[Standing]
    mattered: list[FieldOfSweep]

    @classmethod
    def judged(cls, sweep: Found, found: Judgement) -> Self:
        """Returns a sweep and what comes of it as JSON shows it."""
        return cls.of(
            sweep,
            said=found.said,
            leaderboard=[Standing.of(place) for place in found.places],
            mattered=[{**each._asdict(), "field": each.path} for each in found.mattered],
        )


def rungs_of(sweep: Found) -> Iterator[Json]:
    for number, rung in enumerate(sweep.rungs):
        went_on = sweep.book.rungs[number] if number < len(sweep.book.rungs) else None
        yield {**rung._asdict(), "went_on": went_on}


def model_of(refit: Json, common: Json) -> Json | None:
    """The version that the best candidate has become."""
    if refit["version"] is None:
        return None
    return {"name": common["spec"].get("model", "model"), "version": refit["version"]}

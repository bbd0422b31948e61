"""Several jobs side by side."""

from typing import Any, Literal

from pydantic import BaseModel

from worker.jobs.record import State
from worker.jsontypes import Json
from worker.operations.aligned_curves import Axis
from worker.operations.comparison import Comparison as Found
from worker.operations.comparison import Training
from worker.operations.same_rows import Pair


class ComparedJob(BaseModel):
    """A job among others. `version` is null where it has published none, `seconds` of training
    before its first epoch ends, and what it reached on a split where nothing was measured; that is
    as its `result` has it."""

    id: str
    model: str
    version: int | None
    state: State
    epochs: int
    seconds: float | None
    train: Json | None
    validation: Json | None
    test: Json | None

    @classmethod
    def of(cls, training: Training) -> "ComparedJob":
        """Returns a job as JSON shows it."""
        record = training.record
        published = record.state is State.SUCCEEDED and record.version is not None
        scores = (record.result or {}) if published else {}
        return cls.model_validate(
            {
                "id": record.id,
                "model": record.body["model"],
                "version": record.version if published else None,
                "state": record.state,
                "epochs": training.epochs,
                "seconds": training.seconds,
                **{split: scores.get(split) for split in ("train", "validation", "test")},
            }
        )


class Differing(BaseModel):
    """A place where the jobs differ, and what each has there, in their order; null for nothing."""

    path: str
    values: list[Any]


class JobDifferences(BaseModel):
    """Where the jobs differ: in what was asked for, in what they learn from, and in where they were
    trained."""

    spec: list[Differing]
    dataset: list[Differing]
    environment: list[Differing]


class CurvesOfJob(BaseModel):
    """What a job measured at each place; null before its first epoch and behind its last."""

    loss: list[float | None]
    accuracy: list[float | None]
    validation_loss: list[float | None]
    validation_accuracy: list[float | None]


class Curves(BaseModel):
    """Curves of the jobs, in their order, at the same places; `parting` is the place from which on
    their costs are apart, null where they end together."""

    by: Axis
    at: list[int | float]
    parting: int | float | None
    jobs: list[CurvesOfJob]


class PairOfJobs(BaseModel):
    """Two jobs on the same rows. `interval` is that of the difference of their accuracies, the
    first less the second; `corrected_p` is larger than `p` where there are several pairs."""

    first: str
    second: str
    only_first: int
    only_second: int
    interval: list[float]
    p: float
    corrected_p: float


class OnSameRows(BaseModel):
    """How the models of these jobs answered the same test rows, and how often chance alone would
    make models that are equally good differ by so much."""

    dataset: str
    rows: int
    jobs: list[str]
    right: list[int]
    test: Literal["mcnemar", "cochran"]
    p: float
    pairs: list[PairOfJobs]


class JobComparison(BaseModel):
    """Several jobs side by side, and what comes of it in words, which call them A, B, … in their
    order."""

    said: str
    jobs: list[ComparedJob]
    differences: JobDifferences
    curves: Curves
    same_rows: OnSameRows | None

    @classmethod
    def of(cls, found: Found, by: Axis) -> "JobComparison":
        """Returns a comparison as JSON shows it."""
        ids = [training.record.id for training in found.trainings]
        at, curves = found.curves
        parting = None if found.parting is None else at[found.parting]
        differences = {
            name: [each._asdict() for each in places]
            for name, places in found.differences._asdict().items()
        }
        return cls.model_validate(
            {
                "said": found.said,
                "jobs": [ComparedJob.of(each) for each in found.trainings],
                "differences": differences,
                "curves": {"by": by, "at": at, "parting": parting, "jobs": curves},
                "same_rows": same_rows(found, ids),
            }
        )


def same_rows(found: Found, ids: list[str]) -> OnSameRows | None:
    """Returns how the same rows were answered, the jobs by their ids."""
    if (rows := found.same_rows) is None:
        return None

    def named(pair: Pair) -> PairOfJobs:
        both = {"first": ids[pair.first], "second": ids[pair.second]}
        return PairOfJobs.model_validate({**pair._asdict(), **both})

    about = rows._asdict() | {"pairs": [named(pair) for pair in rows.pairs]}
    return OnSameRows.model_validate(about | {"jobs": [ids[at] for at in about.pop("members")]})

"""How a version does since it answers, and what is said of its predictions."""

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import BaseModel, Field

from service.errors import problem_in_place
from service.schemas.common import ProblemDocument
from service.schemas.jobs import DoctorsFinding
from service.schemas.schedules import moment
from worker.errors import WorkerError
from worker.findings.finding import Finding
from worker.findings.intervals import wilson_interval
from worker.jsontypes import Json
from worker.operations.feedback import Judged as FoundJudged
from worker.operations.live import Live as Found
from worker.store.answered_counts import Counts, Light

MOST_ITEMS = 500


class Judgement(BaseModel):
    """What was true of a prediction: a class of its model, or null for none of them."""

    model_config = {"extra": "forbid", "strict": True}

    prediction_id: Annotated[str, Field(max_length=64)]
    label: Annotated[str, Field(max_length=1000)] | None


class Feedback(BaseModel):
    """What was true of predictions."""

    model_config = {"extra": "forbid", "strict": True}

    feedback: Annotated[list[Judgement], Field(min_length=1, max_length=MOST_ITEMS)]


class Judged(BaseModel):
    """What became of an item: it is `noted`, it is what was known already, it takes the place of
    what was said before, or it is refused, for which `problem` says why."""

    prediction_id: str
    outcome: Literal["noted", "unchanged", "corrected", "refused"]
    problem: ProblemDocument | None

    @classmethod
    def of(cls, judged: FoundJudged) -> Self:
        """Returns what became of an item as JSON shows it."""
        said, found = {"prediction_id": judged.prediction_id}, judged.outcome
        if isinstance(found, WorkerError):
            problem = problem_in_place(found)
            return cls.model_validate({**said, "outcome": "refused", "problem": problem})
        return cls.model_validate({**said, "outcome": found, "problem": None})


class FeedbackAnswer(BaseModel):
    """One item for each that was sent, in their order."""

    data: list[Judged]


class RightOnes(BaseModel):
    """How many predictions there were, of how many it is known what was true, and how many of these
    were right; the accuracy with its 95 % interval, null where nothing is known."""

    predictions: int
    judged: int
    right: int
    accuracy: float | None
    accuracy_interval: tuple[float, float] | None

    @classmethod
    def counted(cls, counts: Counts) -> Json:
        """Returns its fields."""
        known = counts.judged > 0
        return {
            "predictions": counts.predictions,
            "judged": counts.judged,
            "right": counts.right,
            "accuracy": counts.right / counts.judged if known else None,
            "accuracy_interval": wilson_interval(counts.right, counts.judged) if known else None,
        }


class Period(RightOnes):
    """A part of the time."""

    since: datetime


class Tested(BaseModel):
    """How the version answered the rows for testing."""

    rows: int
    accuracy: float
    accuracy_interval: tuple[float, float]


class LiveClass(BaseModel):
    """How many predictions name a class, and how many of those that are judged are truly of it;
    `tested` counts the rows for testing that were answered so."""

    label: str
    answered: int
    true: int
    tested: int | None


class Brightness(BaseModel):
    """How bright pictures are, from 0 to 1: their mean and the deviation."""

    rows: int
    mean: float
    deviation: float

    @classmethod
    def of(cls, light: Light | None) -> Json | None:
        """Returns its fields."""
        return None if light is None else vars(light)


class LiveVersion(RightOnes):
    """How a version does since it answers, in a time: `far` counts what lies far from the training
    rows, of which `far_share` would do so anyhow; `none_of_them` counts what is truly of none of
    the classes. `findings` say what has changed, where there are rows enough to tell."""

    model: str
    version: int
    since: datetime
    until: datetime
    unsure: int
    far: int
    far_share: float | None
    tested: Tested | None
    periods: list[Period]
    classes: list[LiveClass]
    none_of_them: int
    brightness: Brightness | None
    training_brightness: Brightness | None
    findings: list[DoctorsFinding]

    @classmethod
    def of(cls, live: Found) -> Self:
        """Returns how a version does as JSON shows it."""
        counts, manifest = live.counts, live.manifest
        periods = [{"since": moment(at), **cls.counted(each)} for at, each in live.periods]
        return cls.model_validate(
            {
                **cls.counted(counts),
                "model": manifest["name"],
                "version": manifest["version"],
                "since": moment(live.since_ms),
                "until": moment(live.until_ms),
                "unsure": counts.unsure,
                "far": counts.far,
                "far_share": live.far_share,
                "tested": live.tested,
                "periods": periods,
                "classes": [*classes_of(live)],
                "none_of_them": counts.true[-1],
                "brightness": Brightness.of(counts.light),
                "training_brightness": Brightness.of(live.training_light),
                "findings": [told(each) for each in live.findings],
            }
        )


def classes_of(live: Found) -> list[Json]:
    """Returns each class as JSON shows it."""
    tested = live.tested
    columns = [sum(column) for column in zip(*tested["confusion"], strict=True)] if tested else None
    return [
        {
            "label": label,
            "answered": live.counts.answered[number],
            "true": live.counts.true[number],
            "tested": columns and columns[number],
        }
        for number, label in enumerate(live.manifest["classes"])
    ]


def told(finding: Finding) -> Json:
    return {"evidence": {}, "patch": [], **finding.as_dict()}

"""Why a job has ended, in a word and in a sentence."""

from collections.abc import Callable
from typing import Literal, TypeAlias

from worker.jobs.record import FINAL, Record, State
from worker.jobs.sweep_moves import GIVEN_UP
from worker.jsontypes import Json

EndedBy: TypeAlias = Literal[
    "epochs",
    "early_stopping",
    "max_seconds",
    "stop",
    "checkpoint",
    "verification",
    "cancel",
    "halving",
    "failure",
]

SENTENCES: dict[str, Callable[[Record], str]] = {
    "epochs": lambda job: f"It was trained for all of its {job.body['epochs']:,} epochs.",
    "early_stopping": lambda job: (
        f"Its validation loss had not fallen for {job.body['early_stopping']['patience']:,} "
        "epochs; the weights of the best epoch were kept."
    ),
    "max_seconds": lambda job: (
        f"It had been trained for the {job.body['max_seconds']:,} seconds that it may."
    ),
    "stop": lambda job: "It was asked to stop, and what it had learned was kept.",
    "checkpoint": lambda job: (
        f"It published what {job.body['checkpoint']['job']} had learned by epoch "
        f"{job.body['checkpoint']['epoch']:,}."
    ),
    "verification": lambda job: (
        f"It trained version {job.body['verifies']['version']:,} of "
        f"{job.body['verifies']['model']} again, and compared the two."
    ),
    "cancel": lambda job: "It was cancelled, and nothing of it was kept.",
    "halving": lambda job: (
        f"Its sweep {job.body['sweep']['id']} went on without it: after as many epochs, others had "
        "a lower validation loss."
    ),
    "failure": lambda job: (job.problem or {}).get("detail", "It failed."),
}


def ended_by(job: Record) -> str | None:
    """What ended it; None while it goes on, and of one whose release did not say."""
    if job.state is State.SUCCEEDED:
        return job.ended_by
    if job.state is State.CANCELLED and job.ended_by == GIVEN_UP:
        return GIVEN_UP
    return {State.CANCELLED: "cancel", State.FAILED: "failure"}.get(job.state)


def ending(job: Record) -> Json:
    """What ended it, and why."""
    by = ended_by(job)
    return {"ended_by": by, "ended_because": SENTENCES[by](job) if by else None}


def progress(job: Record) -> Json | None:
    """How far it is; of a job that has ended, nothing is left to be done."""
    if job.progress is None or job.state not in FINAL:
        return job.progress
    return job.progress | {
        "eta_s": 0.0,
        "percent": 100.0 if job.state is State.SUCCEEDED else None,
    }

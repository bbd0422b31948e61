"""What tests of promotions share: jobs that end well and badly, and what came of them."""

from typing import Any

from tests.worker.working import outcome, submitted
from worker.jobs.record import Record, State
from worker.jsontypes import Json
from worker.tasks.context import WorkerContext

GOOD: Json = {
    "network": {"hidden_units": []},
    "optimizer": {"kind": "adam", "learning_rate": 0.1},
    "epochs": 30,
}
# It has learned nothing: whatever comes, it gives one answer.
DEAD: Json = {
    "network": {"hidden_units": []},
    "normalization": "scale",
    "optimizer": {"kind": "sgd", "learning_rate": 1e-9},
    "epochs": 1,
}


def done(context: WorkerContext, **spec: Any) -> Record:
    job = outcome(context, submitted(context, **spec))
    assert job.state is State.SUCCEEDED, job.problem
    return job


def champion(context: WorkerContext) -> int:
    return context.store.aliases.answering("cats")


def told(job: Record) -> Json:
    assert job.promotion is not None
    return job.promotion

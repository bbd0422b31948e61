"""What a worker does for a question about a job."""

import signal
from contextlib import nullcontext

import pytest

from tests.worker.feature_jobs import job_on
from tests.worker.working import DATASET, outcome, publish_dataset
from worker.jobs.idempotency import Keys
from worker.jobs.questions import QUESTION, Questions
from worker.jobs.queue_wait import QueueWaits
from worker.jobs.record import Record, new_id
from worker.jsontypes import Json
from worker.operations.estimates import NO_FEATURES, NOBODY, Estimates
from worker.operations.jobs import Jobs
from worker.spec import JobSpec
from worker.tasks.context import WorkerContext
from worker.tasks.entry import perform

SPEC: Json = {"dataset": DATASET, "epochs": 2, "network": {"hidden_units": [6]}}
LONG_S = 600  # an alarm would end these tests


@pytest.fixture
def questions(context: WorkerContext, monkeypatch: pytest.MonkeyPatch) -> Questions:
    monkeypatch.setattr("worker.tasks.estimate.limited", lambda job: nullcontext())
    context.store.local_folders()
    publish_dataset(context.store)
    return Questions(context.redis)


def asked(questions: Questions, **fields: object) -> Json:
    """What was found out of a spec."""
    question = new_id(QUESTION)
    questions.ask(question, {"spec": {**SPEC, **fields}, "seconds": LONG_S})
    perform(question)
    found = questions.told(question)
    assert found is not None
    return found


def test_a_question_is_answered_and_no_record_knows_of_it(
    context: WorkerContext, questions: Questions
) -> None:
    found = asked(questions)
    assert [*found["phases"]] == [
        "publishing", "opening", "starting", "training", "measuring", "proving"
    ]  # fmt: skip
    assert [check["name"] for check in found["checks"]] == [
        "first_cost",
        "eight_rows",
        "dealt_labels",
    ]
    assert (found["ended"], found["problem"]) == (True, None)
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
    assert not any(records.running() for records in context.records.values())
    assert not context.store.models.names()
    assert [key for key in context.redis.scan_iter("purr:job*")] == []


def test_what_nobody_waits_for_any_more_is_not_begun(
    context: WorkerContext, questions: Questions
) -> None:
    question = new_id(QUESTION)
    perform(question)
    assert questions.told(question) is None


def test_what_stands_in_the_way_is_told(context: WorkerContext, questions: Questions) -> None:
    gone = asked(questions, dataset="ds_" + "9" * 32)
    assert gone["ended"]
    assert gone["phases"] == {}
    assert "No dataset has the id" in gone["problem"]


def test_features_are_counted_and_learned_from_once_they_are_there(
    context: WorkerContext, questions: Questions, backbone: Record, photos: Record
) -> None:
    records, job_queue, store = context.records, context.job_queue, context.store
    jobs = Jobs(records, Keys(context.redis), job_queue, store, context.archiver, context.settings)
    asking = questions, QueueWaits(context.redis, records), job_queue
    estimates = Estimates(*asking, jobs, store, context.settings)
    context.recovery.fill()
    spec = JobSpec(dataset=photos.id, backbone=backbone.id)
    assert estimates.of(spec).because == NO_FEATURES
    outcome(context, job_on(context, backbone, photos))
    assert estimates.of(spec).because == NOBODY
    found = asked(questions, dataset=photos.id, backbone=backbone.id, network={"hidden_units": []})
    assert found["problem"] is None
    assert found["phases"]["training"] > 0

"""Redis is wiped under a job: whoever had it is refused, and nothing is published twice."""

import numpy as np
import pytest
import redis

from tests.worker.working import (
    ENDLESS,
    gets_on,
    meanwhile,
    outcome,
    publish_dataset,
    submitted,
    wiped,
)
from worker.errors import LeaseLost
from worker.jobs.record import State
from worker.jobs.recovery import Recovery
from worker.jobs.transitions import Transitions
from worker.tasks.context import WorkerContext


def test_a_trainer_of_before_the_wipe_is_refused_and_publishes_nothing(
    context: WorkerContext, records: Transitions, recovery: Recovery, client: redis.Redis
) -> None:
    publish_dataset(context.store)
    job = submitted(context, **ENDLESS)
    other = meanwhile(gets_on(records, job), lambda: wiped(client, recovery))
    record = outcome(context, job)  # its trainer has gone on until it was refused
    other.join()
    assert (record.state, record.attempt) == (State.QUEUED, 1)
    assert context.store.models.names() == []
    records.stop(job)
    again = outcome(context, job)
    assert (again.state, again.attempt, again.version) == (State.SUCCEEDED, 2, 1)
    assert context.store.models.versions("cats") == [1]


def test_what_was_published_before_the_wipe_is_not_published_again(
    context: WorkerContext, records: Transitions, recovery: Recovery, client: redis.Redis
) -> None:
    job = submitted(context)
    with context.store.jobs.metrics_log(job, 1):
        mine = records.begin_publishing(records.claim(job, "w", 10), "cats", 0)
    about = {"job": job, "result": {"test": {"loss": 0.5}}, "classes": [], "dataset": {"id": "x"}}
    context.store.models.publish("cats", mine.version or 0, {"W1": np.ones(1)}, about, {})
    wiped(client, recovery)
    with pytest.raises(LeaseLost):
        records.finish(mine, State.SUCCEEDED)
    record = outcome(context, job)
    assert (record.state, record.version, record.result) == ("succeeded", 1, about["result"])


def test_versions_go_on_from_what_the_store_has(
    context: WorkerContext, records: Transitions, recovery: Recovery, client: redis.Redis
) -> None:
    publish_dataset(context.store)
    for version in (1, 2):
        record = outcome(context, submitted(context))
        assert record.version == version
    wiped(client, recovery)
    assert outcome(context, submitted(context)).version == 3


def test_an_attempt_of_before_the_wipe_that_had_written_nothing_is_refused_too(
    context: WorkerContext, records: Transitions, recovery: Recovery, client: redis.Redis
) -> None:
    job = submitted(context)
    early = records.claim(job, "early", 10)  # no metrics yet: the store knows of no attempt
    wiped(client, recovery)
    late = records.claim(job, "late", 10)
    assert late.attempt == early.attempt == 1
    with pytest.raises(LeaseLost):
        records.begin_publishing(early, "cats", 0)
    assert records.begin_publishing(late, "cats", 0).version is not None

"""A backbone from its upload to its end: as a dataset's import, and as durable."""

from pathlib import Path

import pytest

from tests.worker.conftest import Sent
from tests.worker.data.backbones.networks import FEATURES, network
from tests.worker.working import outcome, wiped
from worker.errors import BackboneNotFound, IllegalMove
from worker.jobs.record import State
from worker.operations.backbones import Backbones
from worker.tasks import backbone as importing
from worker.tasks.context import WorkerContext


def folders(context: WorkerContext, name: str) -> list[Path]:
    return list((context.settings.data_dir / name).glob("*"))


def test_a_network_that_was_sent_becomes_ready(context: WorkerContext, sent: Sent) -> None:
    record = outcome(context, sent(convention="keras").id)
    assert record.state is State.SUCCEEDED
    assert record.result == context.store.backbones.of(record.id)
    assert record.result is not None
    assert record.result["features"] == FEATURES
    assert context.store.archive.state(record.id) == "succeeded"
    assert folders(context, "uploads") == []


def test_a_network_that_is_refused_is_rejected_and_leaves_nothing(
    context: WorkerContext, sent: Sent
) -> None:
    record = outcome(context, sent(network(opset=99)).id)
    assert record.state is State.FAILED
    assert record.problem is not None
    assert record.problem["code"] == "unsupported_media_type"
    assert (folders(context, "uploads"), folders(context, "backbones")) == ([], [])


def test_the_same_file_with_the_same_name_and_options_is_the_same_backbone(
    context: WorkerContext, sent: Sent
) -> None:
    first = sent()
    assert sent().id == first.id
    outcome(context, first.id)
    assert sent().id == first.id
    assert folders(context, "uploads") == []
    others = [sent(name="other"), sent(convention="keras"), sent(network(layout="NHWC"))]
    assert len({first.id, *(other.id for other in others)}) == 4


def test_one_that_was_rejected_is_tried_again(context: WorkerContext, sent: Sent) -> None:
    first = outcome(context, sent(network(opset=99)).id)
    assert sent(network(opset=99)).id != first.id


def test_a_name_means_the_newest_that_is_ready(
    context: WorkerContext, sent: Sent, backbones: Backbones
) -> None:
    first = sent()
    assert backbones.find("small").id == first.id
    second = sent(convention="keras")
    outcome(context, first.id)
    assert backbones.find("small").id == first.id
    outcome(context, second.id)
    assert backbones.find("small").id == second.id
    assert backbones.find(first.id).id == first.id
    with pytest.raises(BackboneNotFound, match="lists them"):
        backbones.find("large")


def test_an_attempt_that_died_after_it_had_published_is_not_repeated(
    context: WorkerContext, sent: Sent, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = sent()
    lost = context.records["bb"].claim(record.id, "w", 10)
    importing.made(context, lost, lambda: None)
    context.records["bb"].give_back(lost, "preempted")
    monkeypatch.setattr(importing, "examined", lambda *how: 1 / 0)
    assert outcome(context, record.id).state is State.SUCCEEDED


def test_a_wiped_redis_is_told_of_backbones_again(
    context: WorkerContext, sent: Sent, backbones: Backbones
) -> None:
    done, waiting = outcome(context, sent().id), sent(name="waiting")
    assert wiped(context.redis, context.recovery)
    assert backbones.get(done.id).result == done.result
    assert outcome(context, waiting.id).state is State.SUCCEEDED
    assert [each.id for each in backbones.page(None, 9, None)] == [waiting.id, done.id]


def test_a_deleted_backbone_is_gone_also_after_a_wipe(
    context: WorkerContext, sent: Sent, backbones: Backbones
) -> None:
    record = outcome(context, sent().id)
    backbones.delete("small")
    for _ in range(2):
        with pytest.raises(BackboneNotFound):
            backbones.get(record.id)
        assert folders(context, "backbones") == []
        wiped(context.redis, context.recovery)


def test_a_backbone_that_is_imported_or_that_a_model_needs_is_not_deleted(
    context: WorkerContext, sent: Sent, backbones: Backbones
) -> None:
    record = sent()
    with pytest.raises(IllegalMove, match="a backbone whose import is over"):
        backbones.delete(record.id)
    done = outcome(context, record.id)
    assert done.result is not None
    context.store.models.publish("cats", 1, {}, {"backbone": done.result["digest"]}, {})
    with pytest.raises(IllegalMove, match="no model needs, but cats does"):
        backbones.delete(record.id)
    assert backbones.get(record.id) == done


def test_what_came_of_a_lost_lease_is_removed_with_the_record(
    context: WorkerContext, sent: Sent
) -> None:
    record = sent()
    claimed = context.records["bb"].claim(record.id, "w", 10)
    importing.made(context, claimed, lambda: None)
    assert len(folders(context, "backbones")) == 1
    context.records["bb"].finish(claimed, State.FAILED, {"problem": {"code": "x", "detail": "x"}})
    context.archiver.file(record.id)
    assert folders(context, "backbones") == []

"""Scorings as a worker makes them: the same bytes, whatever happens meanwhile."""

import io
import os
import signal
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import redis
from pyarrow import parquet

from tests.worker.feature_jobs import job_on
from tests.worker.scorings import asked, files, lines, ready_to_score
from tests.worker.working import DATASET, outcome, wiped
from worker.data.scored_rows import ALWAYS
from worker.errors import LeaseLost, StoreFull
from worker.jobs.record import Record, State
from worker.jobs.room import Room
from worker.jobs.transitions import Transitions
from worker.serving.predictor import Predictor
from worker.store.scorings import ScoringStore
from worker.tasks import scoring as working
from worker.tasks.context import WorkerContext


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(working, "PART_ROWS", 16)


@pytest.fixture
def ready(context: WorkerContext) -> None:
    ready_to_score(context)


def test_every_row_is_answered_as_the_model_answers_it_when_it_is_served(
    context: WorkerContext, ready: None
) -> None:
    scoring = outcome(context, asked(context))
    assert scoring.state is State.SUCCEEDED, scoring.problem
    found, dataset = lines(context, scoring.id), context.store.datasets.open(DATASET)
    served = Predictor(context.store, context.settings)
    loaded = served.model("cats", 1)
    for split, rows in dataset.splits.items():
        own = [line for line in found if line["split"] == split]
        assert [line["row"] for line in own] == [*range(len(rows))]
        assert [line["label"] for line in own] == [dataset.classes[y] for y in rows.y]
        said = served.of_samples(loaded, [*rows.x], 10)
        for line, each in zip(own, said, strict=True):
            assert (line["prediction"], line["name"]) == (each.label, None)
            decided = each.decision, each.confidence, each.reason
            assert (line["decision"], line["confidence"], line["reason"]) == decided
            assert line["probabilities"] == pytest.approx(each.probabilities, abs=1e-12)
    counted, test = scoring.result or {}, [line for line in found if line["split"] == "test"]
    assert counted["rows"] == len(found)
    right = [line["prediction"] == line["label"] for line in test]
    assert counted["splits"]["test"]["accuracy"] == sum(right) / len(test)
    assert 0 < sum(right) < len(test)
    assert sum(counted["splits"]["test"]["predicted"].values()) == len(test)


def test_a_split_alone_and_the_most_probable_class_alone(
    context: WorkerContext, ready: None
) -> None:
    scoring = outcome(context, asked(context, split="test", top=1))
    found = lines(context, scoring.id)
    assert {line["split"] for line in found} == {"test"}
    assert all([*line["probabilities"]] == [line["prediction"]] for line in found)
    table = parquet.read_table(io.BytesIO(files(context, scoring.id)["results.parquet"]))
    assert table.column_names == [*ALWAYS]
    assert table["prediction"].to_pylist() == [line["prediction"] for line in found]
    assert table["probability"].to_pylist() == [line["probability"] for line in found]


def test_a_threshold_decides_between_two_classes(context: WorkerContext, ready: None) -> None:
    scoring = outcome(context, asked(context, split="test", threshold=0.0, unsure=False))
    assert {line["prediction"] for line in lines(context, scoring.id)} == {"1"}


class KilledError(BaseException):
    """The process is gone: nothing catches it."""


@pytest.mark.parametrize("dies_at", [0, 3])
def test_a_scoring_goes_on_where_a_killed_worker_was_and_ends_in_the_same_bytes(
    context: WorkerContext, ready: None, monkeypatch: pytest.MonkeyPatch, dies_at: int
) -> None:
    undisturbed = files(context, outcome(context, asked(context)).id)
    scoring, records, kept = asked(context), context.records["pred"], ScoringStore.keep_part
    made: list[int] = []

    def keep(self: ScoringStore, which: str, number: int, rows: bytes) -> None:
        if len(made) == dies_at:
            made.append(-1)
            raise KilledError
        made.append(number)
        kept(self, which, number, rows)

    monkeypatch.setattr(ScoringStore, "keep_part", keep)
    with pytest.raises(KilledError):
        outcome(context, scoring)
    records.record_loss(records.get(scoring), 3, "signal 9")
    assert outcome(context, scoring).state is State.SUCCEEDED
    assert files(context, scoring) == undisturbed
    # No part was made twice.
    numbers = [number for number in made if number >= 0]
    assert numbers == sorted({*numbers})


def test_a_part_that_has_changed_on_disk_is_made_again(context: WorkerContext, ready: None) -> None:
    before = files(context, outcome(context, asked(context)).id)
    scoring = asked(context)
    folder = context.settings.data_dir / "predictions" / scoring / "results"
    folder.mkdir()
    for number, name in enumerate([*before][:2]):
        (folder / name).write_bytes(before[name] if number else before[name][:-9])
    assert outcome(context, scoring).state is State.SUCCEEDED
    assert files(context, scoring) == before


def test_what_was_made_but_not_said_is_said_by_the_next_attempt(
    context: WorkerContext, ready: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    scoring, records = asked(context), context.records["pred"]
    with monkeypatch.context() as patched:
        patched.setattr(Transitions, "finish", _lost)
        outcome(context, scoring)
    before = context.store.scorings.manifest(scoring)
    assert before is not None
    records.record_loss(records.get(scoring), 3, "signal 9")
    monkeypatch.setattr(ScoringStore, "keep_part", None)  # nothing is made any more
    assert outcome(context, scoring).result == before["result"]


def _lost(*_: Any) -> None:
    raise LeaseLost("its worker was gone")


def meanwhile(monkeypatch: pytest.MonkeyPatch, what: Callable[[], object]) -> None:
    """Have something happen once the first part is there."""
    kept, happened = ScoringStore.keep_part, list[int]()

    def keep(self: ScoringStore, which: str, number: int, rows: bytes) -> None:
        kept(self, which, number, rows)
        if not happened:
            happened.append(number)
            what()

    monkeypatch.setattr(ScoringStore, "keep_part", keep)


def until_heard(attempt: Any) -> None:
    while True:
        attempt.check()


def test_a_cancel_is_heard_and_nothing_of_it_stays(
    context: WorkerContext, ready: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    scoring = asked(context)
    real = working.Scoring._tell

    def tell(self: working.Scoring, *how: Any) -> None:
        real(self, *how)
        until_heard(self._attempt)

    monkeypatch.setattr(working.Scoring, "_tell", tell)
    meanwhile(monkeypatch, lambda: context.records["pred"].cancel(scoring))
    assert outcome(context, scoring).state is State.CANCELLED
    assert files(context, scoring) == {}


def test_who_is_told_to_end_gives_it_back(
    context: WorkerContext, ready: None, monkeypatch: pytest.MonkeyPatch
) -> None:

    scoring = asked(context)
    meanwhile(monkeypatch, lambda: os.kill(os.getpid(), signal.SIGTERM))
    given_back = outcome(context, scoring)
    assert (given_back.state, given_back.losses) == (State.QUEUED, 0)
    assert len(files(context, scoring)) == 1
    assert outcome(context, scoring).state is State.SUCCEEDED


def test_a_redis_that_was_wiped_meanwhile_makes_no_part_twice(
    context: WorkerContext, ready: None, monkeypatch: pytest.MonkeyPatch, client: redis.Redis
) -> None:
    scoring = asked(context)

    def wipe() -> None:
        wiped(client, context.recovery)
        raise KilledError

    with monkeypatch.context() as patched:
        meanwhile(patched, wipe)
        with pytest.raises(KilledError):
            outcome(context, scoring)
    assert context.records["pred"].get(scoring).state is State.QUEUED
    first = files(context, scoring)
    assert outcome(context, scoring).state is State.SUCCEEDED
    assert first.items() <= files(context, scoring).items()


def test_on_a_full_disk_it_fails_and_says_so(
    context: WorkerContext, ready: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: Room, wanted: int) -> None:
        raise StoreFull("The disk is full.")

    monkeypatch.setattr(Room, "check", full)
    scoring = outcome(context, asked(context))
    assert scoring.state is State.FAILED
    assert (scoring.problem or {})["code"] == "insufficient_storage"
    assert files(context, scoring.id) == {}


def test_a_model_or_a_dataset_that_is_gone_is_named(context: WorkerContext, ready: None) -> None:
    for body, code in (
        ({"version": 9}, "model_not_found"),
        ({"dataset": "ds_" + "9" * 32}, "dataset_not_found"),
    ):
        ended = outcome(context, asked(context, **body))
        assert (ended.problem or {})["code"] == code


def test_losses_between_which_it_got_on_do_not_end_it(context: WorkerContext, ready: None) -> None:
    scoring, records = asked(context), context.records["pred"]
    for part in range(5):
        mine = records.claim(scoring, "w", 10)
        mine = records.renew(mine, 10, {"kept": f"part {part}"})
        assert records.record_loss(mine, 3, "signal 9").state is State.QUEUED


def test_a_model_on_a_backbone_is_asked_about_the_features_of_the_photos(
    context: WorkerContext, backbone: Record, photos: Record
) -> None:
    job = outcome(context, job_on(context, backbone, photos))
    assert job.state is State.SUCCEEDED, job.problem
    scoring = outcome(context, asked(context, dataset=photos.id))
    assert scoring.state is State.SUCCEEDED, scoring.problem
    found = lines(context, scoring.id)
    names = context.store.datasets.names(photos.id, "train")
    assert [line["name"] for line in found if line["split"] == "train"] == names
    measured, counted = (job.result or {})["test"], (scoring.result or {})["splits"]["test"]
    assert np.isclose(counted["accuracy"], measured["accuracy"])

"""Scorings of uploads as a worker makes them: rows without labels, answered once, then removed."""

import io
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pyarrow import parquet

from tests.worker.data.making import encoded, pictures, zipped
from tests.worker.feature_jobs import job_on
from tests.worker.scorings import asked, files, lines, publish_model
from tests.worker.working import outcome
from worker.data.pictures.pixels import decode
from worker.errors import LeaseLost
from worker.jobs.record import Record, State
from worker.jobs.transitions import Transitions
from worker.serving.predictor import Predictor
from worker.store.scorings import ScoringStore
from worker.tasks import scoring as working
from worker.tasks import unlabelled
from worker.tasks.context import WorkerContext

Sent = Callable[..., str]
PHOTOS = [encoded(each) for each in pictures(5, 20)]
OF_UPLOAD = {"dataset": None, "upload": True}
CHECK = 4  # its place among what `import_rows` is called with
LIMITS = {"max_bytes": 10**6, "max_pixels": 10**6}


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(working, "PART_ROWS", 3)


@pytest.fixture
def zipped_photos(tmp_path: Path) -> Path:
    """Five photos and a broken one."""
    inside = {f"{n}.png": photo for n, photo in enumerate(PHOTOS)}
    return zipped(tmp_path / "photos.zip", {**inside, "4.broken.png": PHOTOS[0][:70]})


@pytest.fixture
def sent(context: WorkerContext) -> Sent:
    """Has a file uploaded to be scored; returns the scoring, which waits."""
    publish_model(context.store)

    def send(file: Path, **more: Any) -> str:
        scoring = asked(context, **OF_UPLOAD, **more)
        with context.store.uploads.open(scoring) as upload:
            upload.begin(file.name)
            upload.write(file.read_bytes())
        return scoring

    return send


def uploads(context: WorkerContext) -> list[Path]:
    return [*(context.settings.data_dir / "uploads").glob("*")]


def test_photos_are_answered_as_when_each_is_sent_alone(
    context: WorkerContext, sent: Sent, zipped_photos: Path
) -> None:
    scoring = outcome(context, sent(zipped_photos))
    assert scoring.state is State.SUCCEEDED, scoring.problem
    found = lines(context, scoring.id)
    assert [line["name"] for line in found] == [
        "0.png", "1.png", "2.png", "3.png", "4.broken.png", "4.png",
    ]  # fmt: skip
    assert [line["row"] for line in found] == [*range(6)]
    assert {(line["split"], line["label"]) for line in found} == {("upload", None)}
    served = Predictor(context.store, context.settings)
    model = served.model("cats", 1)
    pixels = [decode(photo, model.of_pictures, **LIMITS).pixels for photo in PHOTOS]
    answered = [line for line in found if line["problem"] is None]
    for line, each in zip(answered, served.of_samples(model, pixels, 10), strict=True):
        assert line["probabilities"] == pytest.approx(each.probabilities, abs=1e-12)
        assert (line["prediction"], line["decision"]) == (each.label, each.decision)
    broken = found[4]
    assert (broken["prediction"], broken["probabilities"]) == (None, {})
    assert broken["problem"]["code"] == "corrupt_file"
    counted = (scoring.result or {})["splits"]["upload"]
    assert (counted["rows"], counted["problems"], counted["accuracy"]) == (6, 1, None)
    assert sum(counted["predicted"].values()) == 5
    assert uploads(context) == []


def test_a_table_of_the_answers_says_what_is_missing_and_why(
    context: WorkerContext, sent: Sent, zipped_photos: Path
) -> None:
    scoring = outcome(context, sent(zipped_photos, top=1))
    table = parquet.read_table(io.BytesIO(files(context, scoring.id)["results.parquet"]))
    assert table["problem"].to_pylist() == [None] * 4 + ["corrupt_file", None]
    assert "damaged" in table["problem_detail"][4].as_py()
    assert table["prediction"].null_count == 1


def test_what_is_odd_about_all_rows_is_told(
    context: WorkerContext, sent: Sent, tmp_path: Path
) -> None:
    np.save(tmp_path / "rows.npy", np.full((4, 48), 0.5))
    scoring = outcome(context, sent(tmp_path / "rows.npy"))
    assert scoring.state is State.SUCCEEDED, scoring.problem
    assert [w["code"] for w in (scoring.result or {})["warnings"]] == ["values_up_to_1"]
    assert {line["name"] for line in lines(context, scoring.id)} == {"rows.npy"}


class KilledError(BaseException):
    """The process is gone: nothing catches it."""


def test_a_killed_worker_is_followed_by_one_that_reads_nothing_again(
    context: WorkerContext, sent: Sent, zipped_photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    undisturbed = files(context, outcome(context, sent(zipped_photos)).id)
    scoring, records = sent(zipped_photos), context.records["pred"]

    def die(*_: Any) -> None:
        raise KilledError

    with monkeypatch.context() as patched:
        patched.setattr(ScoringStore, "keep_part", die)
        with pytest.raises(KilledError):
            outcome(context, scoring)
    records.record_loss(records.get(scoring), 3, "signal 9")
    monkeypatch.setattr(unlabelled, "import_rows", None)
    assert outcome(context, scoring).state is State.SUCCEEDED
    assert files(context, scoring) == undisturbed
    assert uploads(context) == []


def test_an_attempt_that_comes_too_late_and_fails_leaves_the_upload_to_the_next(
    context: WorkerContext, sent: Sent, zipped_photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scoring, records = sent(zipped_photos), context.records["pred"]

    def overtaken(*order: Any) -> None:
        records.record_loss(records.get(scoring), 3, "signal 9")
        with suppress(LeaseLost):
            while True:  # until it hears of that
                order[CHECK]()
                time.sleep(0.01)
        raise FileNotFoundError("another attempt has removed it")

    with monkeypatch.context() as patched:
        patched.setattr(unlabelled, "import_rows", overtaken)
        assert outcome(context, scoring).state is State.QUEUED
    assert outcome(context, scoring).state is State.SUCCEEDED


def test_what_was_made_but_not_said_is_said_without_the_upload(
    context: WorkerContext, sent: Sent, zipped_photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(*_: Any) -> None:
        raise LeaseLost("its worker was gone")

    scoring, records = sent(zipped_photos), context.records["pred"]
    with monkeypatch.context() as patched:
        patched.setattr(Transitions, "finish", lost)
        outcome(context, scoring)
    assert uploads(context) == []
    records.record_loss(records.get(scoring), 3, "signal 9")
    assert outcome(context, scoring).state is State.SUCCEEDED


def test_files_of_which_nothing_can_be_read_fail_and_are_removed(
    context: WorkerContext, sent: Sent, tmp_path: Path
) -> None:
    failed = outcome(context, sent(zipped(tmp_path / "a.zip", {"a.png": PHOTOS[0][:70]})))
    assert (failed.state, (failed.problem or {})["code"]) == (State.FAILED, "corrupt_file")
    assert (uploads(context), files(context, failed.id)) == ([], {})


def test_a_backbone_sees_photos_as_it_does_when_a_dataset_of_them_is_scored(
    context: WorkerContext, sent: Sent, backbone: Record, photos: Record, tmp_path: Path
) -> None:
    job = outcome(context, job_on(context, backbone, photos))
    assert job.state is State.SUCCEEDED, job.problem
    version = job.version
    by_dataset = outcome(context, asked(context, dataset=photos.id, version=version))
    wanted = {line["name"]: line["probabilities"] for line in lines(context, by_dataset.id)}
    scoring = outcome(context, sent(tmp_path / "1-a.zip", version=version))
    assert scoring.state is State.SUCCEEDED, scoring.problem
    found = {line["name"]: line["probabilities"] for line in lines(context, scoring.id)}
    assert found == wanted

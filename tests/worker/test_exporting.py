"""What a job has published is exported once nothing else is to be done."""

import os
import signal

import pytest

from tests.worker.promoting import GOOD, done
from tests.worker.working import publish_dataset
from worker.jobs.record import Record, new_id
from worker.tasks.context import WorkerContext
from worker.tasks.exporting import export


def test_a_version_is_exported_by_a_sealed_process_once_its_job_is_done(
    context: WorkerContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PURR_EXPORT_MODELS", "true")
    publish_dataset(context.store)
    done(context, **GOOD)
    about = context.store.exports.about("cats", 1)
    assert about is not None
    assert (about["split"], about["rows"]) == ("test", 20)
    assert about["largest_difference"] < 1e-4
    with context.store.exports.file("cats", 1, "model.onnx").file as file:
        assert len(file.read()) > 500


@pytest.mark.parametrize("kind", ["job", "pred"])
def test_a_job_or_a_scoring_that_waits_comes_first(context: WorkerContext, kind: str) -> None:
    publish_dataset(context.store)
    job = done(context, **GOOD)
    context.records[kind].create(new_id(kind), {})
    export(context, job)
    assert context.store.exports.about("cats", 1) is None


def test_what_another_kind_of_worker_has_to_do_does_not(
    context: WorkerContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish_dataset(context.store)
    job = done(context, **GOOD)
    context.records["job"].create(new_id("job"), {"device": "gpu"})
    monkeypatch.setattr("worker.jobs.queue.served_queue", lambda: "train")
    export(context, job)
    assert context.store.exports.about("cats", 1) is not None


def test_so_does_the_end_of_the_worker(
    context: WorkerContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish_dataset(context.store)
    job, get = done(context, **GOOD), context.records["job"].get

    def told_meanwhile(record_id: str) -> Record:
        os.kill(os.getpid(), signal.SIGTERM)
        return get(record_id)

    monkeypatch.setattr(context.records["job"], "get", told_meanwhile)
    export(context, job)
    assert context.store.exports.about("cats", 1) is None


def test_whatever_goes_wrong_the_job_has_succeeded(
    context: WorkerContext, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    publish_dataset(context.store)
    job = done(context, **GOOD)

    def broken(*_: object) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("worker.export.exports.make", broken)
    export(context, job)
    assert "could not be exported" in caplog.text
    assert context.store.exports.about("cats", 1) is None

"""What the store keeps of records."""

import os
import time
from pathlib import Path

import pytest

from worker.errors import DatasetNotFound, JobNotFound, QueueUnavailable
from worker.jobs.record import new_id
from worker.store.record_archive import Archive

NO_IDS = ["", "job_", "job_1", "../job", "job_" + "0" * 33, "job_" + "G" * 32, "cat_" + "0" * 32,
          "job_" + "0" * 32 + "\n", "JOB_" + "0" * 32, "job_" + "0" * 31 + "/"]  # fmt: skip


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(tmp_path)


def test_a_request_and_an_end_come_back(archive: Archive) -> None:
    job = new_id("job")
    archive.keep_request(job, {"body": {"epochs": 3}})
    archive.file(job, {"state": "succeeded"}, [{"id": "1-0", "event": "state", "data": {}}])
    assert list(archive.all("job")) == [(job, {"body": {"epochs": 3}}, {"state": "succeeded"})]
    assert archive.events(job) == [{"id": "1-0", "event": "state", "data": {}}]


def test_jobs_and_imports_have_folders_of_their_own(archive: Archive, tmp_path: Path) -> None:
    for kind, folder in (("job", "jobs"), ("ds", "imports")):
        record = new_id(kind)
        archive.keep_request(record, {"body": {}})
        assert (tmp_path / folder / record / "request.json").exists()
        assert [name for name, _, _ in archive.all(kind)] == [record]


def test_of_what_is_not_over_there_are_no_events(archive: Archive) -> None:
    job = new_id("job")
    archive.keep_request(job, {"body": {}})
    archive.file(job, {"state": "paused"}, None)
    assert archive.events(job) is None
    assert archive.events(new_id("job")) is None


def test_filing_again_replaces_what_was_there(archive: Archive, tmp_path: Path) -> None:
    job = new_id("job")
    archive.keep_request(job, {"body": {}})
    for state in ("paused", "queued", "succeeded"):
        archive.file(job, {"state": state}, [] if state == "succeeded" else None)
    assert [fields for _, _, fields in archive.all("job")] == [{"state": "succeeded"}]
    names = {"request.json", "record.json", "events.jsonl"}
    assert {path.name for path in (tmp_path / "jobs" / job).iterdir()} == names


def test_a_request_that_was_not_accepted_is_forgotten(archive: Archive, tmp_path: Path) -> None:
    job = new_id("job")
    archive.keep_request(job, {"body": {}})
    assert archive.knows(job)
    (tmp_path / "jobs" / job / "checkpoints").mkdir()  # that was lent to it
    archive.withdraw(job)
    archive.withdraw(job)
    assert not archive.knows(job)
    assert list((tmp_path / "jobs").iterdir()) == []


def test_what_stands_beside_a_request_is_not_forgotten_with_it(
    archive: Archive, tmp_path: Path
) -> None:
    job = new_id("job")
    archive.keep_request(job, {"body": {}})
    (tmp_path / "jobs" / job / "metrics.1.jsonl").touch()
    archive.withdraw(job)
    assert (tmp_path / "jobs" / job / "metrics.1.jsonl").exists()


@pytest.mark.parametrize("name", NO_IDS)
def test_nothing_but_an_id_meets_the_file_system(archive: Archive, name: str) -> None:
    assert not archive.knows(name)
    for touch in (
        lambda: archive.keep_request(name, {}),
        lambda: archive.file(name, {}, None),
        lambda: archive.events(name),
        lambda: archive.last_attempt(name),
    ):
        with pytest.raises(ValueError, match="Expected an id"):
            touch()


def test_an_empty_store_has_no_records(archive: Archive) -> None:
    assert list(archive.all("job")) == []
    assert archive.unanswered("job", 0) == []


def test_records_come_in_the_order_of_their_age(archive: Archive) -> None:
    jobs = [f"job_{age:032x}" for age in (3, 1, 2)]
    for job in jobs:
        archive.keep_request(job, {"body": {}})
    assert [name for name, _, _ in archive.all("job")] == sorted(jobs)


@pytest.mark.parametrize("damage", ["", "{", "\x00\x00", "not json", "[1]x"])
def test_a_damaged_file_does_not_hide_the_others(
    archive: Archive, tmp_path: Path, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    lost, half, whole = (f"job_{age:032x}" for age in (1, 2, 3))
    for job in (lost, half, whole):
        archive.keep_request(job, {"body": {}})
        archive.file(job, {"state": "succeeded"}, None)
    (tmp_path / "jobs" / lost / "request.json").write_text(damage)
    (tmp_path / "jobs" / half / "record.json").write_text(damage)
    found = [(name, fields) for name, _, fields in archive.all("job")]
    assert found == [(half, {}), (whole, {"state": "succeeded"})]
    assert lost in caplog.text


@pytest.mark.parametrize("name", ["job_notes", "job_" + "0" * 31, "README", ".job_part"])
def test_what_else_lies_there_is_no_record(archive: Archive, tmp_path: Path, name: str) -> None:
    (tmp_path / "jobs" / name).mkdir(parents=True)
    (tmp_path / "jobs" / name / "request.json").write_text('{"body": {}}')
    assert list(archive.all("job")) == []
    assert archive.unanswered("job", -1) == []


def test_the_last_attempt_is_that_of_the_last_metrics(archive: Archive, tmp_path: Path) -> None:
    job = new_id("job")
    archive.keep_request(job, {"body": {}})
    assert archive.last_attempt(job) == 0
    for attempt in (1, 2, 10):
        (tmp_path / "jobs" / job / f"metrics.{attempt}.jsonl").touch()
    assert archive.last_attempt(job) == 10


def test_what_the_store_knows_is_not_missing(archive: Archive) -> None:
    job, dataset = new_id("job"), new_id("ds")
    for record, missing in ((job, JobNotFound), (dataset, DatasetNotFound)):
        with pytest.raises(missing), archive.remembering(record):
            raise missing("gone")
        archive.keep_request(record, {"body": {}})
        with pytest.raises(QueueUnavailable, match="ask shortly"), archive.remembering(record):
            raise missing("gone")


def test_requests_without_an_answer_are_those_of_which_nothing_else_is_there(
    archive: Archive, tmp_path: Path
) -> None:
    alone, begun, filed, empty = (f"job_{age:032x}" for age in (1, 2, 3, 4))
    for job in (alone, begun, filed):
        archive.keep_request(job, {"body": {}})
    (tmp_path / "jobs" / begun / "metrics.1.jsonl").touch()
    archive.file(filed, {"state": "cancelled"}, [])
    (tmp_path / "jobs" / empty).mkdir()
    assert archive.unanswered("job", 60) == []
    long_ago = time.time() - 61
    for path in (tmp_path / "jobs").iterdir():
        os.utime(path, (long_ago, long_ago))
    assert sorted(archive.unanswered("job", 60)) == [alone, empty]

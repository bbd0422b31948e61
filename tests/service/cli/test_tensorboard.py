"""`purr tensorboard`: a job's file in a folder of its own."""

from pathlib import Path

import pytest

from tests.service.cli.command import Purr
from tests.service.cli.fake_service import FakeService
from tests.service.cli.sample_answers import JOB

BINARY = "application/octet-stream"
FILE = "events.out.tfevents.1767225600.job_1"


def test_the_file_lies_in_a_folder_of_the_job(
    purr: Purr, fake: FakeService, tmp_path: Path
) -> None:
    fake.say("GET /v1/jobs/job_1", JOB)
    fake.say("GET /v1/jobs/job_1/tensorboard", b"events", kind=BINARY)
    result = purr("tensorboard", "job_1", "-o", tmp_path / "runs")
    run = tmp_path / "runs" / "job_1"
    assert (result.exit_code, result.stdout) == (0, f"{run}\n")
    assert (run / FILE).read_bytes() == b"events"


def test_a_later_file_replaces_it(
    purr: Purr, fake: FakeService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    fake.say("GET /v1/jobs/job_1", JOB)
    for bytes_ in (b"first", b"second"):
        fake.say("GET /v1/jobs/job_1/tensorboard", bytes_, kind=BINARY)
    for _ in range(2):
        assert purr("tensorboard", "job_1").stdout == "runs/job_1\n"
    (kept,) = (tmp_path / "runs" / "job_1").iterdir()
    assert kept.read_bytes() == b"second"


def test_an_id_that_is_a_path_leads_nowhere_else(
    purr: Purr, fake: FakeService, tmp_path: Path
) -> None:
    fake.say("GET /v1/jobs/job_1", JOB | {"id": "../../job_1"})
    fake.say("GET /v1/jobs/..%2F..%2Fjob_1/tensorboard", b"events", kind=BINARY)
    purr("tensorboard", "job_1", "-o", tmp_path / "runs")
    assert (tmp_path / "runs" / "job_1" / FILE).is_file()

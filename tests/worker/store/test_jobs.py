from pathlib import Path
from typing import Any

import numpy as np
import pytest

from worker.store.jobs import JobStore
from worker.store.space import Space


@pytest.fixture
def jobs(tmp_path: Path) -> JobStore:
    return JobStore(tmp_path, Space(tmp_path))


def test_metrics_are_read_while_they_are_written(jobs: JobStore, tmp_path: Path) -> None:
    with jobs.metrics_log("job_1", 1) as log:
        log.write({"epoch": 1, "layers": [{}]})
    with (tmp_path / "job_1" / "metrics.1.jsonl").open("a") as file:
        file.write('{"epoch": 2}\n{"epo')
    assert jobs.metrics("job_1", 1).rows() == [{"epoch": 1, "layers": [{}]}, {"epoch": 2}]


def test_an_attempt_that_wrote_nothing_has_no_metrics(jobs: JobStore) -> None:
    assert jobs.metrics("job_1", 7).rows() == []


def keep(jobs: JobStore, place: str, value: float) -> None:
    jobs.keep_checkpoint("job_1", place, {"W": np.full(3, float(value))}, {"epoch": value})


def test_the_newest_checkpoint_comes_back_and_two_are_kept(jobs: JobStore, tmp_path: Path) -> None:
    assert jobs.newest_checkpoint("job_1") is None
    for number in (1, 2, 3):
        keep(jobs, f"{number:03}", number)
    found = jobs.newest_checkpoint("job_1")
    assert found is not None
    assert (found[0]["W"].tolist(), found[1]) == ([3, 3, 3], {"epoch": 3})
    assert len(list((tmp_path / "job_1" / "checkpoints").iterdir())) == 2


@pytest.mark.parametrize("damage", [lambda b: b[:-1], lambda b: b[:-1] + b"x", lambda b: b""])
def test_a_damaged_checkpoint_is_left_for_the_one_before(
    jobs: JobStore, tmp_path: Path, damage: Any
) -> None:
    keep(jobs, "1", 1)
    keep(jobs, "2", 2)
    newest = max((tmp_path / "job_1" / "checkpoints").iterdir())
    newest.write_bytes(damage(newest.read_bytes()))
    found = jobs.newest_checkpoint("job_1")
    assert found is not None
    assert found[1] == {"epoch": 1}


def test_dropped_checkpoints_are_gone(jobs: JobStore) -> None:
    keep(jobs, "1", 1)
    jobs.drop_checkpoints("job_1")
    assert jobs.newest_checkpoint("job_1") is None


def test_a_second_attempt_may_have_the_metrics_of_the_first(jobs: JobStore) -> None:
    with jobs.metrics_log("job_1", 1) as log:
        log.write({"epoch": 1, "layers": None})
    for _ in range(2):
        jobs.share_metrics("job_1", 1, 2)
    jobs.share_metrics("job_1", 7, 3)
    assert [jobs.metrics("job_1", attempt).rows() for attempt in (2, 3)] == [
        jobs.metrics("job_1", 1).rows(), []
    ]  # fmt: skip

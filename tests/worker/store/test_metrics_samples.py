"""Some epochs of a job, spread evenly."""

from pathlib import Path

import pytest

from tests.long_job import EPOCHS, write_long
from worker.store.metrics_log import line_of
from worker.store.metrics_samples import sampled


def written(folder: Path, epochs: int, tail: bytes = b"") -> Path:
    path = folder / "metrics.1.jsonl"
    rows = [{"epoch": epoch, "told": "x" * (epoch % 7)} for epoch in range(1, epochs + 1)]
    path.write_bytes(b"".join(map(line_of, rows)) + tail)
    return path


@pytest.mark.parametrize("epochs", [1, 2, 5])
def test_of_few_epochs_all_are_there(tmp_path: Path, epochs: int) -> None:
    found = sampled(written(tmp_path, epochs, tail=b'{"epoch":'), 5)
    assert [row["epoch"] for row in found] == [*range(1, epochs + 1)]


def test_of_many_the_first_and_the_last_and_some_between(tmp_path: Path) -> None:
    found = [row["epoch"] for row in sampled(written(tmp_path, 100), 5)]
    assert found == [1, 25, 50, 75, 100]


def test_a_very_long_job_is_not_read_whole(tmp_path: Path) -> None:
    found = [row["epoch"] for row in sampled(write_long(tmp_path / "metrics.1.jsonl"), 200)]
    assert (found[0], found[-1], len({*found})) == (1, EPOCHS, 200)


def test_before_the_first_epoch_there_is_none(tmp_path: Path) -> None:
    assert sampled(tmp_path / "metrics.1.jsonl", 5) == []
    assert sampled(written(tmp_path, 0), 5) == []

"""Checkpoints that stay: so many, known by their epochs, and lent to whoever publishes one."""

from pathlib import Path

import numpy as np
import pytest

from worker.store.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path)


def keep(store: Store, epoch: int, most: int = 3, value: float = 1.0) -> None:
    place = f"{epoch:08}-{0:08}"
    store.jobs.keep_checkpoint("job_1", place, {"W": np.full(3, value)}, {"epoch": epoch})
    store.kept_checkpoints.keep("job_1", place, most)


def epochs(store: Store, job: str = "job_1") -> list[int]:
    return [kept.epoch for kept in store.kept_checkpoints.of(job)]


def test_the_newest_stay_though_those_to_go_on_from_go(store: Store) -> None:
    for epoch in (1, 2, 3, 5, 10):
        keep(store, epoch)
    assert epochs(store) == [10, 5, 3]
    store.jobs.drop_checkpoints("job_1")
    assert epochs(store) == [10, 5, 3]
    (newest, *_) = store.kept_checkpoints.of("job_1")
    assert newest.bytes > 0


def test_an_epoch_that_was_come_to_twice_counts_once(store: Store) -> None:
    for epoch, value in ((3, 1.0), (4, 1.0), (4, 2.0), (5, 1.0)):
        keep(store, epoch, most=2, value=value)
    assert epochs(store) == [5, 4]


def test_one_that_is_lent_stays_when_its_job_has_none_any_more(store: Store) -> None:
    keep(store, 4, value=7.0)
    assert store.kept_checkpoints.lend("job_1", 4, "job_2")
    store.kept_checkpoints.drop("job_1")
    assert epochs(store) == []
    found = store.jobs.newest_checkpoint("job_2")
    assert found is not None
    assert (found[0]["W"].tolist(), found[1]) == ([7.0] * 3, {"epoch": 4})


def test_what_is_not_there_is_not_lent(store: Store) -> None:
    keep(store, 4)
    assert not store.kept_checkpoints.lend("job_1", 5, "job_2")
    assert not store.kept_checkpoints.lend("job_3", 4, "job_2")
    assert store.jobs.newest_checkpoint("job_2") is None

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from worker.errors import DamagedDataset, DatasetNotFound
from worker.store.datasets import DatasetStore

DATASET = "ds_" + "1" * 32
ABOUT: dict[str, Any] = {
    "classes": ["no", "yes"],
    "shape": [2, 2, 3],
    "preprocessing": {},
    "splits": {},
}


@pytest.fixture
def datasets(tmp_path: Path) -> DatasetStore:
    return DatasetStore(tmp_path)


def publish(datasets: DatasetStore) -> dict[str, Any]:
    with datasets.local_folder(DATASET) as part:
        for split, rows in (("train", 4), ("test", 2)):
            np.save(part / f"{split}_x.npy", np.full((rows, 2, 2, 3), rows, np.uint8))
            np.save(part / f"{split}_y.npy", np.arange(rows) % 2)
        return datasets.publish(DATASET, part, ABOUT)


def test_a_dataset_is_mapped_into_memory_not_read(datasets: DatasetStore) -> None:
    publish(datasets)
    dataset = datasets.open(DATASET)
    assert isinstance(dataset.train.x, np.memmap)
    assert not dataset.train.x.flags.writeable
    assert (len(dataset.splits["train"]), len(dataset.splits["test"])) == (4, 2)


def test_rows_to_validate_are_opened_where_there_are_some(datasets: DatasetStore) -> None:
    plain = publish(datasets)
    assert {*datasets.open(DATASET).splits} == {"train", "test"}
    datasets.drop(DATASET)
    with datasets.local_folder(DATASET) as part:
        for split, rows in (("train", 4), ("test", 2), ("validation", 3)):
            np.save(part / f"{split}_x.npy", np.full((rows, 2, 2, 3), rows, np.uint8))
            np.save(part / f"{split}_y.npy", np.arange(rows) % 2)
        published = datasets.publish(DATASET, part, ABOUT)
    assert published["digest"] != plain["digest"]
    assert len(datasets.open(DATASET).splits["validation"]) == 3


def test_nothing_half_made_is_visible(datasets: DatasetStore, tmp_path: Path) -> None:
    with datasets.local_folder(DATASET) as part:
        np.save(part / "train_x.npy", np.zeros(1))
        with pytest.raises(DatasetNotFound):
            datasets.open(DATASET)
    assert [*tmp_path.iterdir()] == []


def test_publishing_a_dataset_twice_keeps_the_first(datasets: DatasetStore) -> None:
    assert publish(datasets) == publish(datasets)


def test_a_dataset_whose_bytes_changed_is_refused(datasets: DatasetStore, tmp_path: Path) -> None:
    publish(datasets)
    path = tmp_path / DATASET / "train_x.npy"
    path.write_bytes(path.read_bytes()[:-1] + b"\x00")
    with pytest.raises(DamagedDataset, match="digest"):
        datasets.open(DATASET)


def test_statistics_are_kept_and_no_part_of_the_digest(datasets: DatasetStore) -> None:
    publish(datasets)
    assert datasets.statistics(DATASET) is None
    datasets.keep_statistics(DATASET, {"edges": []})
    assert datasets.statistics(DATASET) == {"edges": []}
    datasets.open(DATASET)


def test_statistics_of_a_dataset_that_is_gone_are_not_kept(datasets: DatasetStore) -> None:
    with pytest.raises(FileNotFoundError):
        datasets.keep_statistics(DATASET, {})


def test_statistics_that_were_never_finished_are_removed(
    datasets: DatasetStore, tmp_path: Path
) -> None:
    publish(datasets)
    part = tmp_path / DATASET / "statistics.json.1a2b3c4d.part"
    part.write_bytes(b"{")
    datasets.drop_leftovers(3600)
    assert part.exists()
    datasets.drop_leftovers(-1)
    assert not part.exists()
    datasets.open(DATASET)

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from worker.errors import InvalidParameter
from worker.operations.size_check import uploads_behind
from worker.store.datasets import DatasetStore

DROP = {"drop": [{"split": "train", "row": 0}]}
UPLOAD, OTHER, SECOND, THIRD = (f"ds_{digit * 32}" for digit in "1234")


@pytest.fixture
def datasets(tmp_path: Path) -> DatasetStore:
    return DatasetStore(tmp_path)


def publish(
    datasets: DatasetStore,
    dataset_id: str,
    *,
    files: bool = False,
    kind: str = "picture",
    **about: Any,
) -> None:
    with datasets.local_folder(dataset_id) as part:
        np.save(part / "train_x.npy", np.zeros((1, 8, 8, 3), np.uint8))
        if files:
            (part / "originals").mkdir()
            (part / "originals" / "01-a.zip").write_bytes(b"zip")
        made = {"shape": [8, 8, 3], "preprocessing": {"kind": kind}}
        datasets.publish(dataset_id, part, {**made, **about})


def refused(datasets: DatasetStore, dataset_id: str, side: int = 16) -> str:
    with pytest.raises(InvalidParameter) as error:
        uploads_behind([dataset_id], side, datasets)
    assert error.value.pointer == "/image_size"
    return str(error.value)


def test_an_upload_whose_files_were_kept_can_be_read_again(datasets: DatasetStore) -> None:
    publish(datasets, UPLOAD, files=True)
    assert uploads_behind([UPLOAD], 16, datasets) == {UPLOAD}


def test_all_uploads_from_which_a_version_comes_must_have_their_files(
    datasets: DatasetStore,
) -> None:
    publish(datasets, UPLOAD, files=True)
    publish(datasets, OTHER)
    publish(datasets, SECOND, parent=UPLOAD, edits=DROP)
    assert uploads_behind([SECOND], 16, datasets) == {SECOND, UPLOAD}
    publish(datasets, THIRD, parent=SECOND, edits={"add": OTHER})
    assert OTHER in refused(datasets, THIRD)


def test_a_dataset_between_that_was_deleted_is_missing(datasets: DatasetStore) -> None:
    publish(datasets, THIRD, parent=SECOND, edits=DROP)
    assert f"{SECOND} was deleted" in refused(datasets, THIRD)


def test_rows_of_a_table_have_no_size(datasets: DatasetStore) -> None:
    publish(datasets, UPLOAD, files=True, kind="table")
    assert "table" in refused(datasets, UPLOAD)


def test_the_size_that_they_have_is_no_other(datasets: DatasetStore) -> None:
    publish(datasets, UPLOAD, files=True)
    assert "another size" in refused(datasets, UPLOAD, side=8)

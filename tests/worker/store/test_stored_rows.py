"""Rows read from the store one by one."""

from pathlib import Path

import numpy as np
import pytest

from worker.data.row_names import NameWriter
from worker.data.rows import RowWriter
from worker.errors import DatasetNotFound
from worker.store import stored_rows
from worker.store.stored_rows import StoredRows

X = np.arange(5 * 12, dtype=np.uint8).reshape(5, 2, 2, 3)


@pytest.fixture
def rows(tmp_path: Path) -> StoredRows:
    with RowWriter(tmp_path / "train_x.npy", (2, 2, 3), np.uint8) as writer:
        writer.append(X)
    np.save(tmp_path / "train_y.npy", np.array([0, 1, 0, 1, 1]))
    with NameWriter(tmp_path, "train") as names:
        names.append(f"{n}.png" for n in range(5))
    return StoredRows(tmp_path, "train")


def test_each_row_is_found(rows: StoredRows) -> None:
    assert all(np.array_equal(rows.row(number), X[number]) for number in range(5))
    assert [rows.name(number) for number in range(5)] == [f"{n}.png" for n in range(5)]
    assert rows.labels.tolist() == [0, 1, 0, 1, 1]
    assert [rows.label(number) for number in range(5)] == [0, 1, 0, 1, 1]


def test_all_are_read_some_at_a_time(rows: StoredRows, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored_rows, "BLOCK_BYTES", 2 * 12)
    blocks = [*rows.blocks()]
    assert [len(block) for block in blocks] == [2, 2, 1]
    assert np.array_equal(np.concatenate(blocks), X)


@pytest.mark.parametrize("read", ["row", "labels", "blocks"])
def test_rows_of_a_dataset_that_is_gone_are_not_found(tmp_path: Path, read: str) -> None:
    gone = StoredRows(tmp_path / "ds_1", "train")
    reading = {
        "row": lambda: gone.row(0),
        "labels": lambda: gone.labels,
        "blocks": lambda: [*gone.blocks()],
    }
    with pytest.raises(DatasetNotFound, match="No dataset has the id ds_1"):
        reading[read]()

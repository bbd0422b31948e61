from pathlib import Path

import numpy as np
import pytest

from worker.data import rows
from worker.data.rows import RowWriter, read_blocks


def test_appended_blocks_are_one_npy_file(tmp_path: Path) -> None:
    x = np.arange(24, dtype=np.uint8).reshape(6, 2, 2)
    with RowWriter(tmp_path / "x.npy", (2, 2), np.uint8) as writer:
        writer.append(x[:4])
        writer.append(x[4:4])
        writer.append(x[4:])
    assert np.array_equal(np.load(tmp_path / "x.npy", mmap_mode="r"), x)


def test_no_rows_are_a_readable_file_too(tmp_path: Path) -> None:
    with RowWriter(tmp_path / "y.npy", (), np.int64):
        pass
    assert np.load(tmp_path / "y.npy").shape == (0,)


def test_rows_are_cast_and_made_contiguous(tmp_path: Path) -> None:
    y = np.arange(10, dtype=np.uint8)[::2]
    with RowWriter(tmp_path / "y.npy", (), np.int64) as writer:
        writer.append(y)
    assert np.load(tmp_path / "y.npy").tolist() == [0, 2, 4, 6, 8]


def test_blocks_are_bounded_and_together_the_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows, "BLOCK_BYTES", 12)
    x = np.arange(20, dtype=np.uint8).reshape(5, 4)
    with RowWriter(tmp_path / "x.npy", (4,), np.uint8) as writer:
        writer.append(x)
    blocks = list(read_blocks(tmp_path / "x.npy"))
    assert [len(block) for block in blocks] == [3, 2]
    assert np.array_equal(np.concatenate(blocks), x)


def test_a_row_wider_than_a_block_is_a_block() -> None:
    assert rows.rows_per_block(rows.BLOCK_BYTES + 1) == 1

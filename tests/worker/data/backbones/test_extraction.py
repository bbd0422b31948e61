"""Features are made of files or of arrays, in their order, whatever the threads; what is no number
is refused."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from tests.worker.data.backbones.networks import FEATURES
from tests.worker.data.backbones.test_running import made
from tests.worker.data.making import class_folders, pictures, zipped
from worker.data.backbones import extraction
from worker.data.backbones.backbone import NETWORK, Backbone
from worker.data.backbones.extraction import BLOCK_BYTES, Pictures, extract, limits, work
from worker.data.backbones.running import features
from worker.data.importer import told
from worker.data.prepare import prepare
from worker.errors import Cancelled, CorruptFile, StoreFull, UnsupportedFile
from worker.settings import Settings

SETTINGS = Settings(min_free_bytes=0, worker_threads=3)
ROWS = 2 * BLOCK_BYTES // (24 * 24 * 3) + 1  # of which the last block is smaller


@pytest.fixture
def arrays(tmp_path: Path) -> Path:
    """The arrays of a dataset of pictures."""
    folder = tmp_path / "arrays"
    folder.mkdir()
    for seed, (split, rows) in enumerate({"train": ROWS, "test": 3}.items()):
        np.save(folder / f"{split}_x.npy", pictures(rows, 24, seed))
        np.save(folder / f"{split}_y.npy", np.arange(rows) % 2)
    return folder


def order(pictures: Pictures, backbone: Backbone, folder: Path, **more: Any) -> dict[str, Any]:
    target = folder / "made"
    target.mkdir(exist_ok=True)
    network, settings = str(folder / NETWORK), {**told(SETTINGS), **more}
    how = {"network": network, "target": str(target), "settings": settings}
    return {"pictures": pictures.as_dict(), "backbone": backbone.as_dict(), **how}


@pytest.mark.parametrize("mirrored", [False, True])
def test_the_features_of_arrays_are_in_the_order_of_their_rows(
    tmp_path: Path, arrays: Path, mirrored: bool
) -> None:
    session, backbone = made(tmp_path)
    work(order(Pictures([], arrays, ROWS + 3, mirrored), backbone, tmp_path))
    for split in ("train", "test"):
        x = np.load(arrays / f"{split}_x.npy")
        expected = features(session, backbone, x[:, :, ::-1] if mirrored else x)
        assert_array_equal(np.load(tmp_path / "made" / f"{split}_x.npy"), expected)
        labels = np.load(tmp_path / "made" / f"{split}_y.npy")
        assert_array_equal(labels, np.load(arrays / f"{split}_y.npy"))
    assert not (tmp_path / "made" / "validation_x.npy").exists()


def test_a_sealed_process_makes_those_of_files_and_tells_how_far_it_is(tmp_path: Path) -> None:
    _, backbone = made(tmp_path)
    file, heard = zipped(tmp_path / "1-a.zip", class_folders()), []
    (tmp_path / "arrays").mkdir()
    prepare([file], tmp_path / "arrays", SETTINGS)
    target = tmp_path / "made"
    target.mkdir()
    found = Pictures([file], tmp_path / "arrays", 10)
    extract(
        found, backbone, tmp_path / NETWORK, target, SETTINGS,
        tell=lambda *how: heard.append(how),
    )  # fmt: skip
    for split, rows in {"train": 8, "test": 2}.items():
        assert np.load(target / f"{split}_x.npy").shape == (rows, FEATURES)
        labels = np.load(target / f"{split}_y.npy")
        assert_array_equal(labels, np.load(tmp_path / "arrays" / f"{split}_y.npy"))
    assert heard[-1] == ("converting", 10, 10)


def test_it_ends_when_it_is_not_wanted_any_more(tmp_path: Path, arrays: Path) -> None:
    _, backbone = made(tmp_path)

    def check() -> None:
        raise Cancelled("Not wanted.")

    with pytest.raises(Cancelled):
        extract(Pictures([], arrays, ROWS), backbone, tmp_path / NETWORK, tmp_path, SETTINGS, check)


def test_files_of_which_nothing_can_be_read_are_named(tmp_path: Path, arrays: Path) -> None:
    _, backbone = made(tmp_path)
    (tmp_path / "a.zip").write_bytes(b"PK\x03\x04 and no more")
    with pytest.raises(CorruptFile, match="damaged"):
        work(order(Pictures([tmp_path / "a.zip"], arrays, ROWS), backbone, tmp_path))


def test_features_that_are_no_numbers_are_refused(
    tmp_path: Path, arrays: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, backbone = made(tmp_path)
    monkeypatch.setattr(extraction, "features", lambda *how: np.full((1, 7), np.nan, np.float32))
    with pytest.raises(UnsupportedFile, match="finite"):
        work(order(Pictures([], arrays, ROWS), backbone, tmp_path))


def test_a_disk_without_room_is_named(tmp_path: Path, arrays: Path) -> None:
    _, backbone = made(tmp_path)
    with pytest.raises(StoreFull):
        work(order(Pictures([], arrays, ROWS), backbone, tmp_path, min_free_bytes=2**60))


def test_the_limits_grow_with_the_pictures(tmp_path: Path) -> None:
    _, backbone = made(tmp_path)
    few, many = (limits(rows, backbone, SETTINGS) for rows in (10, 1_000))
    assert many.seconds is not None
    assert few.seconds is not None
    assert many.seconds - few.seconds == 990 * SETTINGS.max_image_seconds
    assert many.file_bytes - few.file_bytes == 990 * 4 * FEATURES
    assert few.memory_bytes == many.memory_bytes

"""Which arrays a file lists."""

from pathlib import Path

import h5py
import numpy as np

from tests.worker.data.making import pictures
from worker.data.arrays.stored import NUMBERS
from worker.data.hdf5 import listing, reader


def test_arrays_in_groups_are_listed_and_read(tmp_path: Path) -> None:
    x = pictures(3)
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["train/set/x"], file["names"], file["none"] = x, ["a"], h5py.Empty("f4")
    with reader.opened(tmp_path / "a.h5") as listed:
        assert [str(array) for array in listed] == [
            "names in a.h5 (texts, (1,))",
            "none in a.h5 (float32, ())",
            "train/set/x in a.h5 (uint8, (3, 8, 8, 3))",
        ]
        assert np.array_equal(listed[2].open(NUMBERS).read(), x)


def test_links_are_listed_and_not_followed(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["soft"] = h5py.SoftLink("/x")
        file["other"] = h5py.ExternalLink("/etc/passwd", "/")
    with reader.opened(tmp_path / "a.h5") as listed:
        assert [array.kind for array in listed] == ["a link"] * 2


def test_groups_within_themselves_come_to_an_end(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        for name in "abcdef":
            file[name] = file["/"]
        file["x"] = [1]
    with reader.opened(tmp_path / "a.h5") as listed:
        assert len(listed) < listing.MAX_LINKS
        assert "x" in [array.name for array in listed]


def test_of_many_arrays_the_first_are_listed(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w", libver="latest") as file:
        for number in range(listing.MAX_LINKS + 5):
            file[f"{number:05}"] = 1
    with reader.opened(tmp_path / "a.h5") as listed:
        assert len(listed) == listing.MAX_LINKS


def test_other_things_in_a_file_are_passed_over(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["type"] = np.dtype("u1")
        file[b"\xff name"] = [1]
    with reader.opened(tmp_path / "a.h5") as listed:
        assert [array.where for array in listed] == ["\ufffd name in a.h5"]
        assert listed[0].open(NUMBERS).read().tolist() == [1]

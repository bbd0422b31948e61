import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from tests.worker.data.hdf5.arrays import NAME, array_file
from tests.worker.data.making import pictures
from worker.data.arrays.stored import NUMBERS
from worker.data.hdf5 import guard
from worker.data.hdf5.file import Member, member, opened
from worker.errors import CorruptFile, LimitExceeded, UnsafeFile, UnsupportedFile, WorkerError

SECRET = b"a key that nobody may read"


def read(path: Path) -> Member:
    with opened(path) as file:
        return member(file, NAME.encode(), NAME, path.name, NUMBERS)


def made(folder: Path, make: Callable[[h5py.File], Any]) -> Path:
    (folder / "secret").write_bytes(SECRET)
    with h5py.File(folder / "other.h5", "w") as file:
        file["x"] = np.frombuffer(SECRET, np.uint8)
    with h5py.File(folder / "a.h5", "w") as file:
        make(file)
    return folder / "a.h5"


def beside(file: h5py.File, name: str) -> str:
    return str(Path(file.filename).with_name(name))


def external_link(file: h5py.File) -> None:
    file[NAME] = h5py.ExternalLink(beside(file, "other.h5"), "/x")


def dangling_external_link(file: h5py.File) -> None:
    file[NAME] = h5py.ExternalLink("/nonexistent/other.h5", "/x")


def soft_link_over_an_external_one(file: h5py.File) -> None:
    file["a"] = h5py.ExternalLink(beside(file, "other.h5"), "/")
    file[NAME] = h5py.SoftLink("/a/x")


def soft_link_to_the_root(file: h5py.File) -> None:
    file[NAME] = h5py.SoftLink("/")


def link_cycle(file: h5py.File) -> None:
    file[NAME] = h5py.SoftLink(f"/{NAME}")


def external_storage(file: h5py.File) -> None:
    size = len(SECRET)
    file.create_dataset(NAME, (size,), "u1", external=[(beside(file, "secret"), 0, size)])


def virtual_dataset(file: h5py.File) -> None:
    layout = h5py.VirtualLayout((len(SECRET),), "u1")
    layout[:] = h5py.VirtualSource(beside(file, "other.h5"), "x", (len(SECRET),))
    file.create_virtual_dataset(NAME, layout)


def virtual_dataset_of_the_same_file(file: h5py.File) -> None:
    file["x"] = np.zeros(4, "u1")
    layout = h5py.VirtualLayout((4,), "u1")
    layout[:] = h5py.VirtualSource(file["x"])
    file.create_virtual_dataset(NAME, layout)


@pytest.mark.parametrize(
    "make",
    [
        external_link,
        dangling_external_link,
        soft_link_over_an_external_one,
        soft_link_to_the_root,
        link_cycle,
        external_storage,
        virtual_dataset,
        virtual_dataset_of_the_same_file,
    ],
)
def test_what_refers_to_another_place_is_unsafe(
    tmp_path: Path, make: Callable[[h5py.File], Any]
) -> None:
    with pytest.raises(UnsafeFile, match=f"^Expected {NAME} in a.h5 to ") as refusal:
        read(made(tmp_path, make))
    assert str(tmp_path) not in str(refusal.value)


def group(file: h5py.File) -> None:
    file.create_group(NAME)


def chunks_too_large(file: h5py.File) -> None:
    file.create_dataset(NAME, (2**27,), "u1", chunks=(2**27,))


def zeros_from_nothing(file: h5py.File) -> None:
    file.create_dataset(NAME, (10_000, 64, 64, 3), "u1")


def zeros_from_little(file: h5py.File) -> None:
    data = file.create_dataset(NAME, (2**27,), "u1", chunks=(2**24,), compression="gzip")
    data[: 2**24] = 0


def chunks_without_end(file: h5py.File) -> None:
    file.create_dataset(NAME, (2**21 + 1,), "u1", chunks=(1,))


def astronomical(file: h5py.File) -> None:
    file.create_dataset(NAME, (2**40, 2**20), "u1", chunks=(1, 1024))


@pytest.mark.parametrize(
    ("make", "error"),
    [
        (group, CorruptFile),
        (chunks_too_large, LimitExceeded),
        (chunks_without_end, LimitExceeded),
        (zeros_from_nothing, LimitExceeded),
        (zeros_from_little, LimitExceeded),
        (astronomical, LimitExceeded),
    ],
)
def test_a_bomb_or_no_array_is_refused(
    tmp_path: Path, make: Callable[[h5py.File], Any], error: type[WorkerError]
) -> None:
    with pytest.raises(error, match=NAME):
        read(made(tmp_path, make))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"scaleoffset": 0}, "got scaleoffset; write it with gzip alone"),
        ({"fletcher32": True}, "got fletcher32; write it with gzip alone"),
        ({"compression": "gzip", "fletcher32": True}, "got fletcher32"),
        ({"compression": 32015, "allow_unknown_filter": True}, "got filter 32015"),
    ],
)
def test_another_filter_is_unsupported(tmp_path: Path, options: dict[str, Any], words: str) -> None:
    path = made(
        tmp_path, lambda file: file.create_dataset(NAME, pictures(3).shape, "u1", **options)
    )
    with pytest.raises(UnsupportedFile, match=f"by gzip, shuffle, lzf, {words}"):
        read(path)


def test_an_array_within_its_own_description_is_unsupported(tmp_path: Path) -> None:
    plan = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    plan.set_layout(0)  # compact, for which h5py has no word
    with h5py.File(tmp_path / "a.h5", "w") as file:
        space = h5py.h5s.create_simple((4,))
        h5py.h5d.create(file.id, NAME.encode(), h5py.h5t.STD_U8LE, space, plan)
    with pytest.raises(UnsupportedFile, match="got the compact layout"):
        read(tmp_path / "a.h5")


@pytest.mark.parametrize(
    ("most", "growing"),
    [
        ((None, 3), None),
        ((None, None), None),
        ((9, 9), None),
        ((2, None), None),
        ((4, None), "along axis 1 alone"),
    ],
)
def test_an_array_may_grow_where_its_chunks_can_be_found(
    tmp_path: Path, most: tuple[int | None, ...], growing: str | None
) -> None:
    path = tmp_path / "a.h5"
    array_file(path, (2, 3), chunk=(2, 2), most=most, libver="latest").file.close()
    if growing is None:
        assert read(path).shape == (2, 3)
    else:
        with pytest.raises(UnsupportedFile, match=growing):
            read(path)


def test_a_file_cut_short_is_corrupt(tmp_path: Path) -> None:
    path = made(tmp_path, lambda file: file.create_dataset(NAME, data=pictures(3)))
    os.truncate(path, 600)
    with pytest.raises(CorruptFile, match=r"sound HDF5 data in a\.h5"):
        read(path)


def test_plugins_are_off_and_the_environment_presets_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HDF5_DRIVER", "core")
    monkeypatch.setenv("HDF5_EXTFILE_PREFIX", "/etc")
    h5py.h5pl.append(b"/some/folder")
    guard.hardened_h5py()
    assert (os.environ["HDF5_PLUGIN_PRELOAD"], h5py.h5pl.size()) == ("::", 0)
    assert not {"HDF5_DRIVER", "HDF5_EXTFILE_PREFIX"} & os.environ.keys()

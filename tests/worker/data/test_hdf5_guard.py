import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from tests.worker.data.making import pictures
from worker.data import hdf5_guard
from worker.data.hdf5 import PICTURES, TEXTS
from worker.data.hdf5_guard import Kind, Member, member, opened
from worker.errors import CorruptFile, LimitExceeded, UnsafeFile, UnsupportedFile, WorkerError

SECRET = b"a key that nobody may read"
NAME = "train_set_x"


def read(path: Path, kind: Kind = PICTURES) -> Member | None:
    with opened(path) as file:
        return member(file, NAME, kind, path.name)


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


def test_a_reference_that_passed_the_checks_still_cannot_be_followed(tmp_path: Path) -> None:
    path = made(tmp_path, external_storage)
    with opened(path) as file, pytest.raises(CorruptFile):
        Member("x", file[NAME]).read()


def test_files_can_be_opened_again_after_reading(tmp_path: Path) -> None:
    path = made(tmp_path, lambda file: file.create_dataset(NAME, data=pictures(2)))
    with opened(path) as file:
        found = member(file, NAME, PICTURES, "a.h5")
        assert found is not None
        assert np.array_equal(found.read(slice(1)), pictures(2)[:1])
        assert path.read_bytes()


def test_a_name_that_is_absent_is_none(tmp_path: Path) -> None:
    assert read(made(tmp_path, lambda file: file.create_group("else"))) is None


def group(file: h5py.File) -> None:
    file.create_group(NAME)


def chunks_too_large(file: h5py.File) -> None:
    file.create_dataset(NAME, (2**27,), "u1", chunks=(2**27,))


def zeros_from_nothing(file: h5py.File) -> None:
    file.create_dataset(NAME, (10_000, 64, 64, 3), "u1")


def zeros_from_little(file: h5py.File) -> None:
    data = file.create_dataset(NAME, (2**27,), "u1", chunks=(2**24,), compression="gzip")
    data[: 2**24] = 0


def astronomical(file: h5py.File) -> None:
    file.create_dataset(NAME, (2**40, 2**20), "u1", chunks=(1, 1024))


@pytest.mark.parametrize(
    ("make", "error"),
    [
        (group, CorruptFile),
        (chunks_too_large, LimitExceeded),
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
    ("dtype", "kind", "words"),
    [
        ("f4", PICTURES, "uint8 numbers .* got float32"),
        ("u2", PICTURES, "got uint16"),
        ("i1", PICTURES, "got int8"),
        ("?", PICTURES, "got bool"),
        (h5py.vlen_dtype("u1"), PICTURES, "got object"),
        (h5py.ref_dtype, PICTURES, "got object"),
        ([("a", "u1"), ("b", "u1")], PICTURES, "got void16"),
        (np.dtype(("u1", (3,))), PICTURES, "uint8 numbers"),
        (h5py.string_dtype(), TEXTS, "fixed length .* got object"),
        ("S257", TEXTS, "up to 256"),
    ],
)
def test_other_kinds_of_data_are_unsupported(
    tmp_path: Path, dtype: Any, kind: Kind, words: str
) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        space = h5py.h5s.create_simple((4,))
        type_id = h5py.h5t.py_create(np.dtype(dtype), logical=True)
        h5py.h5d.create(file.id, NAME.encode(), type_id, space)
    with pytest.raises(UnsupportedFile, match=words):
        read(tmp_path / "a.h5", kind)


@pytest.mark.parametrize(
    "options", [{"compression": "gzip"}, {"compression": "lzf"}, {"fletcher32": True}]
)
def test_common_compression_is_read(tmp_path: Path, options: dict[str, Any]) -> None:
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        file.create_dataset(NAME, data=pictures(3), shuffle=True, **options)
    with opened(path) as file:
        found = member(file, NAME, PICTURES, "a.h5")
        assert found is not None and np.array_equal(found.read(), pictures(3))


def test_another_filter_is_unsupported(tmp_path: Path) -> None:
    path = made(tmp_path, lambda f: f.create_dataset(NAME, data=pictures(3), scaleoffset=0))
    with pytest.raises(UnsupportedFile, match="got filter 6"):
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
    hdf5_guard.library()
    assert (os.environ["HDF5_PLUGIN_PRELOAD"], h5py.h5pl.size()) == ("::", 0)
    assert not {"HDF5_DRIVER", "HDF5_EXTFILE_PREFIX"} & os.environ.keys()


def test_while_an_array_is_read_nothing_can_be_opened(tmp_path: Path) -> None:
    class Spy:
        def __getitem__(self, rows: object) -> Any:
            with pytest.raises(OSError) as failure:
                Path(os.devnull).read_bytes()
            return failure.value.errno

    assert Member("x", Spy()).read() == errno.EMFILE

"""Our reading of NumPy's files against NumPy's own."""

import io
import struct
import zipfile
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.lib import format as numpy_format

from tests.worker.data.making import npz_file
from worker.data.arrays import npy, npz
from worker.data.arrays.stored import Kind
from worker.errors import CorruptFile, LimitExceeded, UnsupportedFile, WorkerError

ANY = Kind("numbers or texts", "biufSU", 256)
DATA = np.arange(24, dtype="u1").reshape(4, 3, 2)


def read(path: Path, step: int = 2**20) -> Any:
    """Block by block."""
    with (npz.opened if path.suffix == ".npz" else npy.opened)(path) as (listed,):
        array = listed.open(ANY)
        assert (array.shape, array.where) == (listed.shape, listed.where)
        blocks = [array.read(slice(at, at + step)) for at in range(0, array.shape[0], step)]
        return np.concatenate(blocks) if blocks else array.read()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("arrays")


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.integers(0, 5), min_size=1, max_size=4),
    st.sampled_from(["?", "u1", ">i4", "<f2", "f8", "S5", "<U3", ">U2"]),
    st.sampled_from("CF"),
    st.sampled_from(["npy", "npz", "npz of less"]),
    st.integers(1, 5),
)
def test_what_numpy_reads_we_read(
    folder: Path, shape: list[int], dtype: str, order: Any, kind: str, step: int
) -> None:
    data = np.random.default_rng(1).integers(0, 100, shape).astype(dtype, order=order)
    path = folder / f"a.{kind[:3]}"
    if kind == "npy":
        np.save(path, data)
    else:
        npz_file(path, compressed=kind != "npz", a=data)
    assert np.array_equal(read(path, step), data)


def test_rows_may_be_read_again(tmp_path: Path) -> None:
    with npz.opened(npz_file(tmp_path / "a.npz", compressed=True, a=DATA)) as (listed,):
        array = listed.open(ANY)
        for part in (slice(1, 2), slice(3, 4), slice(0, 4), slice(2, 1)):
            assert np.array_equal(array.read(part), DATA[part])


def header(text: bytes, version: int = 1) -> bytes:
    length = struct.pack("<H" if version == 1 else "<I", len(text))
    return b"\x93NUMPY" + bytes([version, 0]) + length + text


def described(descr: str = "'|u1'", shape: str = "(4,)", order: str = "False") -> bytes:
    said = f"{{'descr': {descr}, 'fortran_order': {order}, 'shape': {shape}, }}"
    return header(said.encode()) + bytes(4)


@pytest.mark.parametrize("version", [1, 2, 3])
def test_every_version_of_the_header_is_read(tmp_path: Path, version: int) -> None:
    said = b"{'shape': (4,), 'descr': '|u1', 'fortran_order': False}  \n"
    (tmp_path / "a.npy").write_bytes(header(said, version) + b"\1\2\3\4")
    assert read(tmp_path / "a.npy").tolist() == [1, 2, 3, 4]


def objects(_: Any) -> bytes:
    file = io.BytesIO()
    np.save(file, np.array([{}, []], dtype=object), allow_pickle=True)
    return file.getvalue()


def table(_: Any) -> bytes:
    file = io.BytesIO()
    np.save(file, np.zeros(3, [("a", "u1"), ("b", "f4")]))
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "error", "words"),
    [
        (objects(0), UnsupportedFile, "got Python objects, which are never unpickled"),
        (table(0), UnsupportedFile, "got the type .*'a'"),
        (described("'<M8[ns]'"), UnsupportedFile, r"got the type '<M8\[ns\]'"),
        (described("'<c16'"), UnsupportedFile, "got the type '<c16'"),
        (described("'(9,)u1'"), UnsupportedFile, "got the type"),
        (described("'|S999'"), UnsupportedFile, "numbers or texts"),
        (described("'<f3'"), CorruptFile, "damaged or cut short"),
        (described(shape="(5,)"), CorruptFile, r"as its header of \|u1 and \(5,\) says, got"),
        (described(shape="(3,)"), CorruptFile, "save it again"),
        (described(shape="(2**70,)"), CorruptFile, "damaged"),
        (described(shape=f"({2**70},)"), CorruptFile, "1,180,591,620,717,411,303,512 bytes"),
        (described(shape="(-4,)"), CorruptFile, "damaged"),
        (described(shape="(True,)"), CorruptFile, "damaged"),
        (described(shape="4"), CorruptFile, "damaged"),
        (header(b"[1, 2]"), CorruptFile, "damaged"),
        (header(b"{'shape': (4,)}"), CorruptFile, "damaged"),
        (header(b"{'shape': 1or 2}"), CorruptFile, "damaged"),
        (header(b"(" * 4000), CorruptFile, "damaged"),
        (header(b"-" * 4000 + b"1"), CorruptFile, "damaged"),
        (header(b"__import__('os')"), CorruptFile, "damaged"),
        (header(b" " * 5000, 2), UnsupportedFile, "at most 4,096 bytes .* got 5,000"),
        (header(b"{}", 4), CorruptFile, "damaged"),
        (header(b"{}")[:-1], CorruptFile, "damaged"),
        (b"\x93NUMPY", CorruptFile, "damaged"),
        (b"\x93NUMPX\1\0", CorruptFile, "damaged"),
    ],
    ids=range(25),
)
def test_other_bytes_are_refused(
    tmp_path: Path, content: bytes, error: type[WorkerError], words: str
) -> None:
    path = tmp_path / "a.npy"
    path.write_bytes(content)
    with pytest.raises(error, match=words):
        read(path)


def test_nothing_is_unpickled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(np, "load")
    monkeypatch.delattr(numpy_format, "read_array")
    np.save(tmp_path / "a.npy", DATA)
    assert np.array_equal(read(tmp_path / "a.npy"), DATA)


@pytest.mark.parametrize("order", "<>")
def test_a_number_that_is_no_letter_is_refused(tmp_path: Path, order: str) -> None:
    content = described(f"'{order}U1'", "(1,)")
    (tmp_path / "a.npy").write_bytes(content[:-4] + b"\0\x11\0\0")
    with pytest.raises(CorruptFile, match="damaged") if order == ">" else nullcontext():
        assert read(tmp_path / "a.npy").tolist() == ["\u1100"]


def test_a_file_that_became_shorter_is_refused(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", DATA)
    with npy.opened(tmp_path / "a.npy") as (listed,):
        array = listed.open(ANY)
        (tmp_path / "a.npy").write_bytes(b"")
        with pytest.raises(CorruptFile, match=r"whole NumPy array in a\.npy"):
            array.read()


def test_a_large_array_in_the_other_order_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(npy, "MAX_TURNED_BYTES", 100)
    np.save(tmp_path / "a.npy", np.asfortranarray(DATA))
    with pytest.raises(UnsupportedFile, match=r"C's order, .* np\.ascontiguous"):
        read(tmp_path / "a.npy")


def test_an_archive_that_swells_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file, file.open("x.npy", "w") as entry:
        entry.write(described(shape=f"({2**27},)")[:-4])
        for _ in range(2**7):
            entry.write(bytes(2**20))
    with pytest.raises(LimitExceeded, match=r"x in a\.npz to become at most 1,000 times"):
        read(path)


def damaged(change: Callable[[bytearray], None]) -> Callable[[Path], Path]:
    def make(path: Path) -> Path:
        content = bytearray(npz_file(path, a=DATA).read_bytes())
        change(content)
        path.write_bytes(content)
        return path

    return make


def flip(content: bytearray) -> None:
    content[content.index(DATA.tobytes()) + 3] ^= 1


def named(name: str, content: bytes | None = None) -> Callable[[Path], Path]:
    def make(path: Path) -> Path:
        with zipfile.ZipFile(path, "w") as file:
            file.writestr(name, content or described())
        return path

    return make


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (damaged(flip), "whole NumPy array in a in a.npz"),
        (named("../a.npy"), "names inside the archive's own folder"),
        (named("/etc/a.npy"), "names inside the archive's own folder"),
    ],
)
def test_a_damaged_or_unsafe_archive_is_refused(
    tmp_path: Path, make: Callable[[Path], Path], words: str
) -> None:
    with pytest.raises(WorkerError, match=words):
        read(make(tmp_path / "a.npz"))


def test_an_entry_shorter_than_the_directory_says_is_refused(tmp_path: Path) -> None:
    of_eight = described(shape="(8,)")
    path = named("a.npy", of_eight)(tmp_path / "a.npz")
    content = bytearray(path.read_bytes())
    struct.pack_into("<I", content, content.index(b"PK\x01\x02") + 24, len(of_eight) + 4)
    path.write_bytes(content)
    with pytest.raises(CorruptFile, match="whole NumPy array"):
        read(path)


def test_a_name_cannot_write_over_the_message(tmp_path: Path) -> None:
    with npz.opened(named("x\n\u202e.npy")(tmp_path / "a.npz")) as (listed,):
        assert listed.where == r"'x\n\u202e' in a.npz"

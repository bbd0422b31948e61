"""Our reading of HDF5 against h5py's, which is libhdf5's."""

from pathlib import Path
from typing import Any, NamedTuple

import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.worker.data.hdf5.arrays import NAME, array_file, numbers, read
from worker.errors import CorruptFile, UnsupportedFile

DTYPES = ["u1", "i1", "u2", "<i4", ">i4", "i8", ">u8", "S5"]


def theirs(path: Path) -> Any:
    with h5py.File(path) as file:
        return file[NAME][...]


class Form(NamedTuple):
    """How an array is stored: `shape` is as it was made, `grown` its rows in the end."""

    dtype: str
    shape: tuple[int, ...]
    grown: int
    chunk: tuple[int, ...] | None
    most: tuple[int | None, ...] | None
    filters: list[str]
    early: bool
    fill: int | None
    libver: str
    written: slice
    unfiltered: bool


@st.composite
def forms(draw: st.DrawFn) -> Form:
    shape = tuple(draw(st.lists(st.integers(1, 9), min_size=1, max_size=4)))
    dtype = draw(st.sampled_from(DTYPES))
    chunked = draw(st.sampled_from([True, True, True, False]))
    most = [draw(st.sampled_from([None, side, 12])) for side in shape]
    growing = chunked and draw(st.booleans())
    chunk = [draw(st.integers(1, most[n] or 12)) for n in range(len(shape))]
    filters = draw(st.lists(st.sampled_from(["gzip", "shuffle", "lzf"]), max_size=3))
    return Form(
        dtype=dtype,
        shape=shape,
        grown=draw(st.integers(0, 12)),
        chunk=tuple(chunk if growing else map(min, chunk, shape)) if chunked else None,
        most=tuple(most) if growing else None,
        filters=filters if chunked else [],
        early=draw(st.booleans()),
        fill=draw(st.none() | st.integers(0, 100)) if dtype != "S5" else None,
        libver=draw(st.sampled_from(["earliest", "latest"])),
        written=slice(*sorted(draw(st.tuples(st.integers(0, 9), st.integers(0, 9))))),
        unfiltered=chunked and draw(st.booleans()),
    )


def store(path: Path, form: Form) -> None:
    made = array_file(
        path,
        form.shape,
        form.dtype,
        chunk=form.chunk,
        most=form.most,
        filters=form.filters,
        early=form.early,
        fill=form.fill,
        libver=form.libver,
    )
    made[form.written] = numbers(form.shape, form.dtype)[form.written]
    if form.most and form.most[0] is None:
        made.resize(form.grown, axis=0)
    if form.unfiltered and form.chunk and made.shape[0]:
        everything = 2 ** len(form.filters) - 1
        data = numbers(form.chunk, form.dtype, seed=1).tobytes()
        made.id.write_direct_chunk((0,) * len(form.shape), data, everything)
    made.file.close()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("arrays")


def grows_elsewhere(form: Form) -> bool:
    """Along one axis without an end, and not the first of which there are several chunks."""
    if form.chunk is None or form.most is None or form.most.count(None) != 1:
        return False
    before = form.most[: form.most.index(None)]
    return any(side is not None and side > form.chunk[n] for n, side in enumerate(before))


@settings(deadline=None, max_examples=150)
@given(forms(), st.integers(1, 12))
def test_what_h5py_reads_we_read(folder: Path, form: Form, step: int) -> None:
    path = folder / "a.h5"
    store(path, form)
    if grows_elsewhere(form):
        with pytest.raises(UnsupportedFile, match="to grow by rows"):
            read(path)
        return
    try:
        expected = theirs(path)
    except OSError:  # when libhdf5 has forgotten that the chunk of before had gone through filters
        with pytest.raises(CorruptFile):
            read(path)
        return
    ours = read(path, step=step)
    assert ours.shape == expected.shape
    assert np.array_equal(ours, expected)


@pytest.mark.parametrize("filters", [[], ["gzip"]])
@pytest.mark.parametrize(
    ("libver", "chunk", "most", "early"),
    [
        ("earliest", (2, 3), None, False),  # a B-tree of version 1
        ("latest", (2500, 5), None, False),  # a single chunk
        ("latest", (2, 3), None, True),  # implicit, unless there are filters
        ("latest", (2, 3), (3000, 9), False),  # a fixed array, of several pages
        ("latest", (2, 3), (None, 9), False),  # an extensible array, of several blocks
        ("latest", (2, 3), (None, None), False),  # a B-tree of version 2, of several levels
    ],
)
def test_every_index_of_chunks_is_read(
    tmp_path: Path,
    libver: str,
    chunk: tuple[int, ...],
    most: tuple[int | None, ...] | None,
    early: bool,
    filters: list[str],
) -> None:
    path, data = tmp_path / "a.h5", numbers((2500, 5), ">u2")
    made = array_file(
        path, (2500, 5), ">u2", chunk=chunk, most=most, early=early, filters=filters, libver=libver
    )
    made[...] = data
    made.file.close()
    assert np.array_equal(read(path, step=700), data)


def test_h5py_reads_no_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = numbers((10, 3), "i8")
    made = array_file(tmp_path / "a.h5", (10, 3), "i8", chunk=(4, 3), filters=["gzip"])
    made[...] = data
    made.file.close()
    monkeypatch.delattr(h5py.Dataset, "__getitem__")
    monkeypatch.delattr(h5py.Dataset, "__array__")
    assert np.array_equal(read(tmp_path / "a.h5"), data)


def test_texts_that_were_never_written_are_refused_unless_they_are_empty(tmp_path: Path) -> None:
    for name, fill in [("a.h5", None), ("b.h5", b"x")]:
        with h5py.File(tmp_path / name, "w") as file:
            file.create_dataset(NAME, (3,), "S5", fillvalue=fill)
    assert read(tmp_path / "a.h5").tolist() == [b""] * 3
    with pytest.raises(UnsupportedFile, match=r"every text in train_set_x in b\.h5"):
        read(tmp_path / "b.h5")

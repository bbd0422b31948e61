"""Arrays in HDF5, NPZ and NPY: how people save them, and what cannot be read."""

import io
import struct
from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any, TypeAlias

import h5py
import numpy as np
from numpy.typing import NDArray

from tests.corpus.case import CHANGED, CORRUPT, READY, TOO_MUCH, UNSUPPORTED, Case
from tests.worker.data.making import pictures

Arrays: TypeAlias = dict[str, NDArray[Any]]

ROWS = 12
X, Y = pictures(ROWS, 8, 1), np.arange(ROWS) % 2
FLOATS = X / 255
AXES = {
    "last": X,
    "first": X.transpose(0, 3, 1, 2),
    "grey": X[..., 0],
    "grey with an axis": X[..., :1],
}
NUMBERS: dict[str, Any] = {
    "uint8": lambda x: x,
    "int64": lambda x: x.astype("i8"),
    "float32 to 255": lambda x: x.astype("f4"),
    "float64 to 1": lambda x: x / 255,
    "big-endian": lambda x: x.astype(">i4"),
}
LABELS: dict[str, NDArray[Any]] = {
    "rows": Y,
    "a column": Y[:, None],
    "a row": Y[None],
    "one-hot": np.eye(2, dtype="u1")[Y],
    "one-hot the other way": np.eye(2, dtype="u1")[Y].T,
    "booleans": Y.astype(bool),
    "whole floats": Y.astype("f8"),
    "from 1": Y + 1,
    "-1 and 1": 2 * Y - 1,
    "unsigned": Y.astype("u2"),
    "names": np.array(["dog", "cat"])[Y].astype("S"),
}
SPELLINGS = (
    ("x_train", "y_train"), ("train_x", "train_y"), ("X_train", "Y_train"), ("x", "y"),
    ("images", "labels"), ("data", "targets"), ("train_images", "train_labels"),
    ("train_set_x", "train_set_y"), ("train_data", "train_labels"), ("X", "Y"),
)  # fmt: skip
NUMBERS_WANTED = "whole numbers from 0 to 255"
# Pictures and labels; the code of the refusal, and some of its words.
BAD: dict[str, tuple[Any, Any, str, str]] = {
    "not a number": (np.where(X > 250, np.nan, X), Y, UNSUPPORTED, "not a finite number"),
    "infinite": (np.where(X > 250, np.inf, X), Y, UNSUPPORTED, "not a finite number"),
    "to 300": (X.astype("i4") + 100, Y, UNSUPPORTED, NUMBERS_WANTED),
    "negative": (X.astype("i4") - 1, Y, UNSUPPORTED, NUMBERS_WANTED),
    "between": (X + 0.5, Y, UNSUPPORTED, NUMBERS_WANTED),
    "labels that are too few": (X, Y[:-1], CORRUPT, "Expected 12 labels"),
    "labels between": (X, Y + 0.5, CORRUPT, "Expected whole numbers as labels"),
    "one class": (X, Y * 0, CORRUPT, "at least 2 classes"),
    "no rows": (X[:0], Y[:0], CORRUPT, "at least 2 classes"),
    "one row": (X[:1], Y[:1], CORRUPT, "at least 2 classes"),
    "five channels": (
        np.zeros((ROWS, 8, 8, 5), "u1"), Y, UNSUPPORTED, r"Expected the shape \(rows, height"
    ),
    "complex": (X.astype("c8"), Y, UNSUPPORTED, "numbers of up to 64 bits"),
    "labels of 1,001 classes": (
        np.zeros((1100, 2, 2, 3), "u1"), np.arange(1100), TOO_MUCH, "at most 1,000 classes"
    ),
}  # fmt: skip


def cases() -> Iterator[Case]:
    yield from as_people_save_them()
    yield from bad()
    yield from hostile_npy()
    yield from damaged()


def as_people_save_them() -> Iterator[Case]:
    for container in SAVED:
        for (axes, x), (numbers, change) in product(AXES.items(), NUMBERS.items()):
            yield case(
                f"channels {axes}, {numbers}", container, {"x_train": change(x), "y_train": Y}
            )
        for name, y in LABELS.items():
            yield case(f"labels as {name}", container, {"x_train": X, "y_train": y})
        for x_name, y_name in SPELLINGS:
            yield case(f"{x_name} and {y_name}", container, {x_name: X, y_name: Y})
        options = {"x": "first", "y": "second"}
        yield case("options", container, {"first": X, "second": Y}, query=options)
        yield case("options that name nothing", container, {"first": X, "second": Y}, CORRUPT,
                   "called 'third'", query={"x": "third", "y": "second"})  # fmt: skip
        both: Arrays = {"x_train": X, "y_train": Y, "x_test": X[:4] ^ 1, "y_test": Y[:4]}
        yield case("both splits", container, both)
        yield case("validation rows", container, both | {"x_val": X[:4] ^ 2, "y_val": Y[:4]})
        yield case("classes", container, both | {"classes": np.array([b"dog", b"cat"])})


def bad() -> Iterator[Case]:
    for container, (name, (x, y, code, words)) in product(SAVED, BAD.items()):
        yield case(name, container, {"x_train": x, "y_train": y}, code, words)


def case(
    name: str,
    container: str,
    arrays: Mapping[str, NDArray[Any]],
    expected: str = READY,
    words: str = "",
    query: Mapping[str, str] | None = None,
) -> Case:
    files = SAVED[container](arrays)
    return Case(f"{name} in {container}", files, expected, words, query or {})


def in_hdf5(arrays: Mapping[str, NDArray[Any]]) -> dict[str, bytes]:
    whole = io.BytesIO()
    with h5py.File(whole, "w") as file:
        for name, array in arrays.items():
            file[name] = array
    return {"a.h5": whole.getvalue()}


def in_npz(arrays: Mapping[str, Any]) -> dict[str, bytes]:
    whole = io.BytesIO()
    np.savez_compressed(whole, **arrays)
    return {"a.npz": whole.getvalue()}


def in_npy(arrays: Mapping[str, NDArray[Any]]) -> dict[str, bytes]:
    return {f"{name}.npy": npy(array) for name, array in arrays.items()}


SAVED = {"HDF5": in_hdf5, "NPZ": in_npz, "NPY": in_npy}


def npy(array: NDArray[Any]) -> bytes:
    whole = io.BytesIO()
    np.save(whole, array)
    return whole.getvalue()


def header(text: str, version: bytes = b"\x01\x00") -> bytes:
    words = text.encode().ljust(117) + b"\n"
    return b"\x93NUMPY" + version + struct.pack("<H", len(words)) + words


def head(descr: str = "'|u1'", order: object = False, shape: str = "(12, 8, 8, 3)") -> str:
    return f"{{'descr': {descr}, 'fortran_order': {order}, 'shape': {shape}, }}"


DAMAGED = "damaged or cut short"
HEADERS: dict[str, tuple[str, str, str]] = {
    "2**40 rows": (head(shape="(1099511627776, 8, 8, 3)"), CORRUPT, "Expected 211,106,232,533,120"),
    "2**62 numbers": (head(shape="(4611686018427387904,)"), CORRUPT, "Expected 4,611,686,018,427,"),
    "-1 rows": (head(shape="(-1, 8, 8, 3)"), CORRUPT, DAMAGED),
    "True rows": (head(shape="(True, 8, 8, 3)"), CORRUPT, DAMAGED),
    "12 as its shape": (head(shape="12"), CORRUPT, DAMAGED),
    "no order": (head().replace("'fortran_order': False, ", ""), CORRUPT, DAMAGED),
    "3 as its order": (head(order=3), CORRUPT, DAMAGED),
    "objects": (head("'|O'"), UNSUPPORTED, "never unpickled"),
    "bytes of 2 GB": (head("'|V2000000000'", shape="(12,)"), UNSUPPORTED, "store plain numbers"),
    "texts of no length": (head("'|S0'", shape="(10**12,)"), CORRUPT, DAMAGED),
    "a trillion empty texts": (head("'|S0'", shape="(1000000000000,)"), UNSUPPORTED, "convert"),
    "columns": (head("[('a', 'u1')]"), UNSUPPORTED, "store plain numbers"),
    "dates": (head("'<M8[s]'"), UNSUPPORTED, "store plain numbers"),
    "a program": ("__import__('os').system('true')", CORRUPT, DAMAGED),
    "brackets": ("[" * 100, CORRUPT, DAMAGED),
    "blanks": ("", CORRUPT, DAMAGED),
}


def hostile_npy() -> Iterator[Case]:
    for name, (text, code, words) in HEADERS.items():
        yield npy_case(f"a header of {name}", header(text) + X.tobytes(), code, words)
    sound = npy(X)
    yield npy_case("version 9", sound[:6] + b"\x09\x00" + sound[8:], CORRUPT, DAMAGED)
    yield npy_case("trailing bytes", sound + b"x", CORRUPT, "got 2,433")
    yield npy_case("a byte missing", sound[:-1], CORRUPT, "got 2,431")
    yield npy_case("its head alone", sound[:128], CORRUPT, "got 128")
    yield npy_case("a head of 64 KB", sound[:8] + b"\xff\xff" + sound[10:], UNSUPPORTED,
                   "a header of at most 4,096 bytes")  # fmt: skip


def npy_case(name: str, x: bytes, code: str, words: str) -> Case:
    return Case(f"NPY with {name}", {"x.npy": x, "y.npy": npy(Y)}, code, words)


def damaged() -> Iterator[Case]:
    arrays: Arrays = {"x_train": X, "y_train": Y}
    for container in ("HDF5", "NPZ"):
        ((name, whole),) = SAVED[container](arrays).items()
        for part in range(1, 16):
            cut = {name: whole[: part * len(whole) // 16]}
            yield Case(f"{container} cut at {part}/16", cut, CORRUPT, DAMAGED)
        for at in range(0, len(whole), len(whole) // 24):
            changed = {name: whole[:at] + b"\xff\xff\xff\x7f" + whole[at + 4 :]}
            yield Case(f"{container} changed at {at}", changed, CHANGED)

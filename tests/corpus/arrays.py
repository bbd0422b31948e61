"""Arrays in HDF5, NPZ and NPY: how people save them, and what cannot be read."""

import io
import struct
from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any, TypeAlias

import h5py
import numpy as np
from numpy.typing import NDArray

from tests.corpus.case import READY, REFUSED, Case
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
BAD: dict[str, tuple[Any, Any, str]] = {
    "not a number": (np.where(X > 250, np.nan, X), Y, "not a number|whole|finite"),
    "infinite": (np.where(X > 250, np.inf, X), Y, "whole|finite|infinite"),
    "to 300": (X.astype("i4") + 100, Y, "255"),
    "negative": (X.astype("i4") - 1, Y, "255|0"),
    "between": (X + 0.5, Y, "whole|255"),
    "labels that are too few": (X, Y[:-1], "as many|labels|rows"),
    "labels between": (X, Y + 0.5, "whole|label"),
    "one class": (X, Y * 0, "class"),
    "no rows": (X[:0], Y[:0], "class|row"),
    "one row": (X[:1], Y[:1], "class|row"),
    "five channels": (np.zeros((ROWS, 8, 8, 5), "u1"), Y, "shape|channel|axes|holds"),
    "complex": (X.astype("c8"), Y, "number|type|holds"),
    "labels of 1,001 classes": (np.zeros((1100, 2, 2, 3), "u1"), np.arange(1100), "1,?000"),
}


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
        yield case("options that name nothing", container, {"first": X, "second": Y}, REFUSED,
                   "third", query={"x": "third", "y": "second"})  # fmt: skip
        both: Arrays = {"x_train": X, "y_train": Y, "x_test": X[:4] ^ 1, "y_test": Y[:4]}
        yield case("both splits", container, both)
        yield case("validation rows", container, both | {"x_val": X[:4] ^ 2, "y_val": Y[:4]})
        yield case("classes", container, both | {"classes": np.array([b"dog", b"cat"])})


def bad() -> Iterator[Case]:
    for container, (name, (x, y, words)) in product(SAVED, BAD.items()):
        yield case(name, container, {"x_train": x, "y_train": y}, REFUSED, words)


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


def in_npz(arrays: Mapping[str, NDArray[Any]]) -> dict[str, bytes]:
    whole = io.BytesIO()
    np.savez_compressed(whole, **arrays)  # type: ignore[arg-type]
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


HEADERS = (
    "{'descr': '|u1', 'fortran_order': False, 'shape': (1099511627776, 8, 8, 3), }",
    "{'descr': '|u1', 'fortran_order': False, 'shape': (4611686018427387904,), }",
    "{'descr': '|u1', 'fortran_order': False, 'shape': (-1, 8, 8, 3), }",
    "{'descr': '|u1', 'fortran_order': False, 'shape': (True, 8, 8, 3), }",
    "{'descr': '|O', 'fortran_order': False, 'shape': (12, 8, 8, 3), }",
    "{'descr': '|V2000000000', 'fortran_order': False, 'shape': (12,), }",
    "{'descr': '|S0', 'fortran_order': False, 'shape': (1000000000000,), }",
    "{'descr': [('a', 'u1')], 'fortran_order': False, 'shape': (12, 8, 8, 3), }",
    "{'descr': '<M8[s]', 'fortran_order': False, 'shape': (12, 8, 8, 3), }",
    "{'descr': '|u1', 'fortran_order': 3, 'shape': (12, 8, 8, 3), }",
    "{'descr': '|u1', 'shape': (12, 8, 8, 3), }",
    "{'descr': '|u1', 'fortran_order': False, 'shape': 12, }",
    "__import__('os').system('true')",
    "[" * 100,
    "",
)


def hostile_npy() -> Iterator[Case]:
    for text in HEADERS:
        files = {"x.npy": header(text) + X.tobytes(), "y.npy": npy(Y)}
        yield Case(f"NPY with {text[:60]}", files, REFUSED)
    sound = npy(X)
    changes = {
        "version 9": sound[:6] + b"\x09\x00" + sound[8:],
        "trailing bytes": sound + b"x",
        "a byte missing": sound[:-1],
        "its head alone": sound[:128],
        "a head of 64 KB": sound[:8] + b"\xff\xff" + sound[10:],
    }
    for name, x in changes.items():
        yield Case(f"NPY with {name}", {"x.npy": x, "y.npy": npy(Y)}, REFUSED)


def damaged() -> Iterator[Case]:
    arrays: Arrays = {"x_train": X, "y_train": Y}
    for container in ("HDF5", "NPZ"):
        ((name, whole),) = SAVED[container](arrays).items()
        for part in range(1, 16):
            cut = {name: whole[: part * len(whole) // 16]}
            yield Case(f"{container} cut at {part}/16", cut, REFUSED)
        for at in range(0, len(whole), len(whole) // 24):
            changed = {name: whole[:at] + b"\xff\xff\xff\x7f" + whole[at + 4 :]}
            yield Case(f"{container} changed at {at}", changed, f"ready|{REFUSED}")

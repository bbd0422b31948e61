"""What the importer of arrays asks of a kind of file: which arrays it lists, and rows of them."""

from collections.abc import Callable, Sequence
from math import prod
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from worker.errors import LimitExceeded, UnsupportedFile

ALL = slice(None)

# Deflate reaches about 1030 to 1. Honest zeros come close to that, so small arrays may exceed this.
MAX_EXPANSION = 1000
EXPANSION_FLOOR_BYTES = 64 * 2**20


class Kind(NamedTuple):
    """Which types an array may have.

    Attributes:
        words: for these types, in messages.
        codes: NumPy's letters of the kinds that are allowed; S allows texts of any length too.
        max_bytes: of one element.
    """

    words: str
    codes: str
    max_bytes: int


NUMBERS = Kind("numbers of up to 64 bits", "biuf", 8)
LABELS = Kind("numbers of up to 64 bits, or texts of up to 256 bytes,", "biufSU", 256)
NAMES = Kind("texts of up to 256 bytes, or numbers,", "biufSU", 256)


class StoredArray(Protocol):
    """An array in a file that has passed the checks of its kind.

    Attributes:
        where: its name in messages: "train_set_x in a.h5".
    """

    @property
    def where(self) -> str: ...
    @property
    def shape(self) -> tuple[int, ...]: ...
    @property
    def dtype(self) -> np.dtype[Any]: ...

    def read(self, rows: slice = ALL) -> NDArray[Any]:
        """Returns some rows, (rows, *shape[1:]).

        Raises:
            CorruptFile: the data are damaged.
        """


class Listed(NamedTuple):
    """An array that a file says it has.

    Attributes:
        file: the name of the file.
        name: of the array, with its groups before it: "train/x"; empty in a file of one array.
        kind: its type in words.
        shape: () where it has none.
        open: returns the array itself, or refuses it.
    """

    file: str
    name: str
    kind: str
    shape: tuple[int, ...]
    open: Callable[[Kind], StoredArray]

    @property
    def where(self) -> str:
        return located(self.name, self.file)

    def __str__(self) -> str:
        return f"{self.where} ({self.kind}, {self.shape})"


def located(name: str, file: str) -> str:
    """Returns how messages call an array; a name may have line ends, or turn what follows it."""
    shown = name if name.isprintable() else repr(name)
    return f"{shown[:120]} in {file}" if name else file


def check_kind(dtype: np.dtype[Any], kind: Kind, where: str) -> None:
    # References and compounds have codes of their own, O and V.
    if dtype.kind not in kind.codes or dtype.itemsize > kind.max_bytes:
        raise UnsupportedFile(
            f"Expected {kind.words} in {where}, got {dtype.name}; convert them and send it again."
        )


def check_expansion(
    shape: Sequence[int], dtype: np.dtype[Any], stored_bytes: int, where: str
) -> None:
    # Python's integers: a product of NumPy's could overflow and pass.
    size = prod(shape) * dtype.itemsize
    if size > EXPANSION_FLOOR_BYTES and size > MAX_EXPANSION * stored_bytes:
        raise LimitExceeded(
            f"Expected {where} to become at most {MAX_EXPANSION:,} times larger when it is read, "
            f"but its {stored_bytes:,} bytes stand for {size:,}; write it without compression."
        )

"""Rows of numbers without labels, in NPY, NPZ and HDF5 files: of each the array that has them."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from itertools import chain, islice, repeat
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from worker.data import pixel_range
from worker.data.arrays import npy_rows
from worker.data.arrays.choice import held
from worker.data.arrays.importer import READERS
from worker.data.arrays.npy_rows import forms, told_forms
from worker.data.arrays.stored import NUMBERS, Listed, StoredArray
from worker.data.packed import quoted, sent_as
from worker.data.preprocessing import Preprocessing
from worker.data.tables.columns import LARGEST, TextColumn
from worker.data.tables.preprocessing import TablePreprocessing
from worker.data.unlabelled.rows import Block, Rows
from worker.errors import CorruptFile, InvalidParameter, UnsupportedFile
from worker.findings.finding import Finding

Numbers = NDArray[Any]
Found = Iterator[Numbers | InvalidParameter]


@contextmanager
def opened(
    files: Mapping[Path, str],
    how: Preprocessing | TablePreprocessing,
    shape: Sequence[int],
    whole: bool,
    warnings: list[Finding],
) -> Iterator[Rows]:
    """Yields the rows of each file, one file behind the other; a row with numbers that the model
    does not take has a fault. After the last, what is odd about them stands among the warnings.

    Args:
        files: each with its kind, one of READERS.
        how: a sample became numbers, of this shape.
        whole: whether pixels must be whole numbers, as backbones take them.

    Raises:
        CorruptFile, UnsupportedFile, UnsafeFile: a file has no such rows, or is damaged.
    """
    if isinstance(how, TablePreprocessing):
        check_numbers(how)
        shape = [len(how.columns)]
    with ExitStack() as stack:
        arrays = [
            (sent_as(path.name), rows_in(stack.enter_context(READERS[kind](path)), shape))
            for path, kind in files.items()
        ]
        bytes_alone = all(array.dtype == np.uint8 for _, array in arrays)
        kept, dtype = tuple(how.shape), "float32"
        if not isinstance(how, TablePreprocessing):
            kept, dtype = tuple(shape), "uint8" if whole or bytes_alone else "float64"
        total = sum(array.shape[0] for _, array in arrays)
        found: Found = chain.from_iterable(_samples(array, how) for _, array in arrays)
        if how.kind == "picture":
            found = pixel_range.checked(found, warnings, whole=whole)
        names = chain.from_iterable(repeat(name, array.shape[0]) for name, array in arrays)
        yield Rows(total, kept, dtype, _blocks(found, names, kept))


def check_numbers(how: TablePreprocessing) -> None:
    """Refuse arrays for a model of a table with texts.

    Raises:
        UnsupportedFile: it is one.
    """
    texts = next((column for column in how.columns if isinstance(column, TextColumn)), None)
    if texts is not None:
        raise UnsupportedFile(
            f"Expected a table, for the column {quoted(texts.name)} of this model has texts, got "
            "an array; send CSV, JSON Lines, Parquet or Arrow."
        )


def rows_in(arrays: Sequence[Listed], shape: Sequence[int]) -> StoredArray:
    """Returns the only array of a file that has rows for samples of this shape.

    Raises:
        CorruptFile: there is none, or there are several.
    """
    found = [array for array in arrays if array.shape[1:] in forms(shape)]
    if len(found) != 1:
        raise CorruptFile(
            f"Expected one array of the shape {told_forms(shape)} in each file, got "
            f"{held(found or arrays)}; send that array alone, as .npy."
        )
    return found[0].open(NUMBERS)


def _samples(array: StoredArray, how: Preprocessing | TablePreprocessing) -> Found:
    """Yields rows as the model takes them, and faults in the place of others."""
    if not isinstance(how, TablePreprocessing):
        yield from npy_rows.blocks(array.shape, array.read, sys.float_info.max, False)
        return
    for each in npy_rows.blocks(array.shape, array.read, LARGEST, True):
        if isinstance(each, InvalidParameter):
            yield each
        else:
            yield how.encoded(list(np.transpose(each)))


def _blocks(found: Found, names: Iterator[str], shape: tuple[int, ...]) -> Iterator[Block]:
    """Yields what was found, with the name of its file for each row."""
    for each in found:
        if isinstance(each, InvalidParameter):
            yield Block(np.zeros((1, *shape)), [next(names)], {0: each})
        else:
            yield Block(each.reshape(len(each), *shape), [*islice(names, len(each))])

"""Rows as people send them, in JSON or as a NumPy file, for one model."""

import sys
from collections.abc import Iterator
from math import prod
from typing import Any

import numpy as np

from worker.data import json_rows, pixel_range
from worker.data.arrays import npy_rows
from worker.data.json_rows import RowFormat
from worker.data.number_rows import NumberRows
from worker.data.packed import quoted
from worker.data.tables.columns import LARGEST, TextColumn
from worker.data.tables.json_rows import TableRows
from worker.data.tables.preprocessing import TablePreprocessing
from worker.errors import InvalidParameter, UnsupportedFile
from worker.findings.finding import Finding
from worker.nn.arrays import Array
from worker.serving.loaded_models import Loaded


def blocks(
    model: Loaded, body: bytes, most_rows: int, warnings: list[Finding], *, whole: bool = False
) -> Iterator[Array | InvalidParameter]:
    """Yields the rows of a body in blocks, (m, features), and in the place of each row that cannot
    be used why. After the last, what is odd about them stands among the warnings.

    Args:
        whole: whether pixels must be whole numbers.

    Raises:
        MalformedBody, CorruptFile, UnsupportedFile: the body is neither JSON nor an array.
        InvalidParameter: it is no rows for this model.
        LimitExceeded: there are too many rows.
    """
    how = model.preprocessing
    read = _of_array if npy_rows.is_npy(body) else _of_json
    found = read(model, body, most_rows)
    if isinstance(how, TablePreprocessing) or how.kind != "picture":
        return found
    return pixel_range.checked(found, warnings, whole=whole)


def format_of(model: Loaded) -> RowFormat[Any, Array]:
    """Returns what rows in JSON become for a model."""
    how = model.preprocessing
    if isinstance(how, TablePreprocessing):
        return TableRows(how)
    return NumberRows(prod(model.shape))


def _of_json(model: Loaded, body: bytes, most_rows: int) -> Iterator[Array | InvalidParameter]:
    return json_rows.read(body, format_of(model), most_rows)


def _of_array(model: Loaded, body: bytes, most_rows: int) -> Iterator[Array | InvalidParameter]:
    how = model.preprocessing
    if not isinstance(how, TablePreprocessing):
        return npy_rows.read(body, model.shape, most_rows, most=sys.float_info.max)
    texts = next((column for column in how.columns if isinstance(column, TextColumn)), None)
    if texts is not None:
        raise UnsupportedFile(
            f"Expected rows in JSON, for the column {quoted(texts.name)} of this model has texts, "
            'got an array. Send {"rows": […]} with Content-Type: application/json.'
        )
    rows = npy_rows.read(body, [len(how.columns)], most_rows, most=LARGEST, gaps=True)
    return (
        each if isinstance(each, InvalidParameter) else how.encoded(list(np.transpose(each)))
        for each in rows
    )

"""Rows of a table out of a JSON body: `{"rows": [{"age": 3, "colour": "red"}, …]}`, or lists in the
order of the columns. `worker.data.json_rows` reads bodies and blocks of them."""

import difflib
import json
from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple, NoReturn

import numpy as np
from numpy.typing import NDArray

from worker.data.json_values import escaped, refuse_json, refuse_value, text_at
from worker.data.packed import quoted, some
from worker.data.tables.columns import LARGEST, MISSING, Column, NumberColumn, TextColumn
from worker.data.tables.preprocessing import TablePreprocessing
from worker.errors import InvalidParameter

BLOCK_NUMBERS = 2**19
# A row may have CELL_BYTES for each column beside its name, and ROW_BYTES more: all threads of the
# process wait while a row is parsed.
CELL_BYTES, ROW_BYTES = 512, 4096
NAMED = 5  # columns or categories in a message
KINDS = {bool: "true or false", str: "a string", list: "a list", dict: "an object"}


class NoNumber(str):
    """NaN or Infinity, which JSON has no words for."""


class Twice(ValueError):
    """A name that an object has twice."""


class TableRows(NamedTuple):
    """Rows of the columns that a model was trained on, which become its features."""

    preprocessing: TablePreprocessing

    @property
    def most_bytes(self) -> int:
        names = sum(4 * len(column.name) for column in self.preprocessing.columns)
        return ROW_BYTES + CELL_BYTES * len(self.preprocessing.columns) + names

    @property
    def step(self) -> int:
        return max(1, BLOCK_NUMBERS // self.preprocessing.shape[0])

    def read(self, body: bytes, at: int, place: str) -> tuple[list[float], int]:
        """Returns the cells of the row that begins at this byte, as its columns want them, and the
        byte behind it."""
        if body[at : at + 1] not in (b"{", b"["):
            refuse_value(body, at, place, "an object with a value for each column")
        text = text_at(body, at, self.most_bytes)
        try:
            found, end = DECODER.raw_decode(text)
        except Twice as error:
            raise InvalidParameter(
                f"Expected each column once, got {quoted(str(error))} twice.",
                f"{place}/{escaped(str(error)[:80])}",
            ) from error
        except (ValueError, RecursionError):
            if at + len(text) < len(body) and "}" not in text and "]" not in text:
                raise InvalidParameter(
                    f"Expected rows of at most {len(text):,} characters, got a longer one.", place
                ) from None
            refuse_json(body, at)
        if isinstance(found, list):
            values = _listed(found, self.preprocessing.columns, place)
        else:
            values = _named(found, self.preprocessing, place)
        return values, at + len(text[:end].encode())

    def block(self, rows: Sequence[Sequence[float]]) -> NDArray[np.float32]:
        """Returns encoded rows, (m, features)."""
        columns = zip(self.preprocessing.columns, zip(*rows, strict=True), strict=True)
        cells = [np.array(own, column.dtype) for column, own in columns]
        return self.preprocessing.encoded(cells)


def _listed(found: list[Any], columns: Sequence[Column], place: str) -> list[float]:
    if len(found) != len(columns):
        raise InvalidParameter(
            f"Expected {len(columns)} values in each row, one for each column that this model was "
            f"trained on, got {len(found)}. Send objects with the names of the columns.",
            place,
        )
    return [
        cell_of(c, v, f"{place}/{n}") for n, (c, v) in enumerate(zip(columns, found, strict=True))
    ]


def _named(found: dict[str, Any], preprocessing: TablePreprocessing, place: str) -> list[float]:
    columns = preprocessing.columns
    values = []
    for column in columns:
        own = f"{place}/{escaped(column.name)}"
        if column.name not in found:
            raise InvalidParameter(
                f"Expected a value for the column {quoted(column.name)} in each row, got none; "
                "send null where it is not known.",
                own,
            )
        values.append(cell_of(column, found[column.name], own))
    if len(found) > len(columns):
        _refuse_names(found, preprocessing, place)
    return values


def _refuse_names(found: dict[str, Any], preprocessing: TablePreprocessing, place: str) -> NoReturn:
    names = [column.name for column in preprocessing.columns]
    strange = next(name for name in found if name not in names)
    near = difflib.get_close_matches(strange, names, 1)
    told = f"; did you mean {quoted(near[0])}?" if near else "; leave it out."
    told = ", which is the answer; leave it out." if strange == preprocessing.label else told
    raise InvalidParameter(
        f"Expected nothing but columns that this model was trained on, got {quoted(strange)}{told}",
        f"{place}/{escaped(strange[:80])}",
    )


def cell_of(column: Column, value: Any, place: str) -> float:
    if isinstance(column, NumberColumn):
        return _number(column, value, place)
    return _category(column, value, place)


def _number(column: NumberColumn, value: Any, place: str) -> float:
    """A number, 1 or 0 for true or false, or nan for null."""
    if value is None:
        return float("nan")
    if isinstance(value, int | float):
        try:
            number = float(value)
        except OverflowError:
            number = LARGEST * 2
        if abs(number) <= LARGEST:
            return number
        came = "a larger one"
    else:
        came = _said(value)
    raise InvalidParameter(
        f"Expected a number that 32 bits can hold for the column {quoted(column.name)}, or null, "
        f"got {came}.",
        place,
    )


def _category(column: TextColumn, value: Any, place: str) -> int:
    """The place of a text among the categories, or MISSING for null."""
    if value is None:
        return MISSING
    if type(value) is str and (number := column.places.get(value)) is not None:
        return number
    raise InvalidParameter(
        f"Expected one of the texts that the column {quoted(column.name)} had in training, "
        f"{some(column.categories, NAMED, quoted)}, or null, got {_said(value)}.",
        place,
    )


def _said(value: Any) -> str:
    if type(value) is str:
        return quoted(value)
    return KINDS.get(type(value), str(value)[:40])


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        counts = Counter(name for name, _ in pairs)
        raise Twice(next(name for name in counts if counts[name] > 1))
    return found


DECODER = json.JSONDecoder(object_pairs_hook=_pairs, parse_constant=NoNumber)

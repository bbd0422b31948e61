"""Lines of JSON, each a row or a picture, as one model takes them."""

import json
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from worker.data import pixel_range
from worker.data.json_rows import RowFormat
from worker.data.json_values import refuse_json
from worker.data.pictures import inline
from worker.data.tables.preprocessing import TablePreprocessing
from worker.errors import InvalidParameter, MalformedBody, WorkerError
from worker.findings.finding import Finding
from worker.nn.arrays import Array
from worker.serving.loaded_models import Loaded
from worker.serving.raw_rows import format_of

BLANKS = b" \t\r\n"
HEAD_BYTES = 4096  # of a data URL before its base64, and of blanks


class Row(NamedTuple):
    """A row of raw values, and what is odd about it.

    Attributes:
        values: as `Loaded.shape` says; of pictures for a backbone in uint8.
    """

    values: Array
    warnings: tuple[Finding, ...]


class Raw(NamedTuple):
    """A row as its format reads it."""

    row: Any


Read = Row | bytes | WorkerError


def read(model: Loaded, lines: Sequence[bytes]) -> list[Read]:
    """Returns for each line its row, or the file of its picture, or why it is neither."""
    rows = format_of(model)
    found = [_value(model, rows, line) for line in lines]
    raw = [each.row for each in found if isinstance(each, Raw)]
    checked = iter(_checked(model, rows.block(raw)) if raw else ())
    return [next(checked) if isinstance(each, Raw) else each for each in found]


def most_bytes(model: Loaded, most_image_bytes: int) -> int:
    """Returns how many bytes a line for a model may have, where the file of a picture may have so
    many."""
    row = format_of(model).most_bytes
    if isinstance(model.preprocessing, TablePreprocessing):
        return row
    return max(row, 4 * (most_image_bytes // 3 + 1) + HEAD_BYTES)


def _value(model: Loaded, rows: RowFormat[Any, Array], line: bytes) -> Raw | bytes | WorkerError:
    try:
        line = line.strip(BLANKS)
        if line.startswith(b'"') and model.of_pictures:
            return inline.decoded(_text(line))
        row, end = rows.read(line, 0, "")
        if end < len(line):
            refuse_json(line, end)
    except WorkerError as error:
        return error
    return Raw(row)


def _text(line: bytes) -> str:
    try:
        return str(json.loads(line.decode()))
    except ValueError as error:
        raise MalformedBody(f"Expected a line of JSON, got something else: {error}.") from error


def _checked(model: Loaded, block: Array) -> Iterator[Row | InvalidParameter]:
    """Yields each of these rows, (m, …), or why it cannot be used."""
    how = model.preprocessing
    if isinstance(how, TablePreprocessing) or how.kind != "picture":
        yield from (Row(row, ()) for row in block)
        return
    whole = model.backbone is not None
    for row in block:
        warnings = list[Finding]()
        [pixels] = pixel_range.checked([row[None]], warnings, whole=whole)
        if isinstance(pixels, InvalidParameter):
            pixels.pointer = pixels.pointer.removeprefix("/rows/0")
            yield pixels
        else:
            values = pixels[0].astype("uint8") if whole else pixels[0]
            yield Row(values.reshape(model.shape), tuple(warnings))

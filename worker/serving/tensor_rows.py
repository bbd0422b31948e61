"""Rows that were sent as tensors, a block of them at a time, as a model takes them."""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from worker.data import pixel_range
from worker.data.packed import quoted, some
from worker.data.pictures.pixels import Pixels
from worker.data.tables.columns import LARGEST, MISSING, Cells, Column, NumberColumn, TextColumn
from worker.data.tables.preprocessing import TablePreprocessing
from worker.errors import InvalidParameter
from worker.findings.finding import Finding
from worker.nn.arrays import Array
from worker.serving.at_once import pieces
from worker.serving.loaded_models import Loaded
from worker.serving.signatures import NAMED
from worker.serving.tensors import Sent, numbers, texts


def blocks(model: Loaded, sent: Sequence[Sent], warnings: list[Finding]) -> Iterator[Array]:
    """Yields the rows, (m, …), so many at a time as the model takes. After the last, what is odd
    about them stands among the warnings.

    Args:
        sent: what the signature of the model asks for.

    Raises:
        InvalidParameter: a value is none that the model could have been trained on.
    """
    if isinstance(model.preprocessing, TablePreprocessing):
        return _of_table(model.preprocessing, model.rows_at_once, sent)
    rows, place = pieces(numbers(sent[0]), model.rows_at_once), f"{sent[0].pointer}/data"
    if model.preprocessing.kind == "picture":
        return _usable(pixel_range.checked(rows, warnings, place=place))
    return _finite(rows, place)


def pixels(
    model: Loaded, sent: Sent, at_once: int, warnings: list[Finding]
) -> Iterator[list[Pixels]]:
    """Yields the pictures, (height, width, 3), whose raw pixels are the rows, so many at a time;
    and what is odd about them as `blocks` does.

    Raises:
        InvalidParameter: a value is no whole number from 0 to 255.
    """
    rows = pieces(numbers(sent), at_once)
    place = f"{sent.pointer}/data"
    for block in _usable(pixel_range.checked(rows, warnings, whole=True, place=place)):
        yield [row.astype(np.uint8).reshape(model.shape) for row in block]


def _usable(rows: Iterable[Array | InvalidParameter]) -> Iterator[Array]:
    """The rows, none of which may be unusable here."""
    for block in rows:
        if isinstance(block, InvalidParameter):
            raise block
        yield block


def _finite(rows: Iterator[Array], place: str) -> Iterator[Array]:
    before = 0
    for block in rows:
        if block.dtype.kind == "f" and not np.isfinite(block).all():
            row, column = np.argwhere(~np.isfinite(block))[0].tolist()
            raise InvalidParameter(
                f"Expected finite numbers, got {block[row, column]:g}.",
                f"{place}/{before + row}/{column}",
            )
        before += len(block)
        yield block


def _of_table(how: TablePreprocessing, step: int, sent: Sequence[Sent]) -> Iterator[Array]:
    """Encoded rows, (m, features)."""
    cells = _cells(how, sent)
    for at in range(0, len(cells[0]), step):
        yield how.encoded([own[at : at + step] for own in cells])


def _cells(how: TablePreprocessing, sent: Sequence[Sent]) -> list[Cells]:
    """What each column wants, (m,), of an input for each of them, or of one for all."""
    if len(sent[0].shape) > 1:
        values = numbers(sent[0])
        return [_numbers(c, values[:, n], sent[0]) for n, c in enumerate(how.columns)]
    found = {each.name: each for each in sent}
    return [
        _numbers(column, numbers(found[column.name]), found[column.name])
        if isinstance(column, NumberColumn)
        else _categories(column, found[column.name])
        for column in how.columns
    ]


def _numbers(column: Column, values: Array, sent: Sent) -> Cells:
    """The cells of a column of numbers; one that is missing is nan."""
    cells = values.astype(np.float64)
    if (wrong := np.abs(cells) > LARGEST).any():
        row = int(wrong.argmax())
        raise InvalidParameter(
            f"Expected numbers that 32 bits can hold for the column {quoted(column.name)}, got "
            f"{cells[row]:g} in row {row}.",
            sent.pointer,
        )
    return cells


def _categories(column: TextColumn, sent: Sent) -> Cells:
    """The cells of a column of texts; an empty one that is no category is missing."""
    places = {text.encode(): place for text, place in column.places.items()}
    known = {b"": MISSING, **places}
    found = texts(sent)
    for row, text in enumerate(found):
        if text not in known:
            raise InvalidParameter(
                "Expected one of the texts that the column "
                f"{quoted(column.name)} had in training, "
                f"{some(column.categories, NAMED, quoted)}, or none where it is missing, got "
                f"{quoted(text.decode(errors='replace'))} in row {row}.",
                sent.pointer,
            )
    return np.array([known[text] for text in found], column.dtype)

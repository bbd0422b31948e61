"""Samples by which an exported model is held against the one that answers here, as ONNX is given
them: arrays by the names of its inputs."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from worker.data.backbones.backbone import Backbone
from worker.data.backbones.sizing import sized
from worker.data.backbones.trial import drawn as drawn_pictures
from worker.data.preprocessing import CHANNELS, Preprocessing
from worker.data.tables.columns import MISSING, UNKNOWN, Cells, NumberColumn, TextColumn
from worker.data.tables.preprocessing import TablePreprocessing
from worker.export.inputs import MISSING_TEXT, NUMBERS, PICTURES, ROWS, TEXTS

Given = dict[str, NDArray[Any]]

DRAWN = 8  # samples that are made up


def given_rows(
    rows: NDArray[Any], how: Preprocessing | TablePreprocessing, backbone: Backbone | None
) -> Given:
    """Returns the samples of a dataset, (m, …), as ONNX is given them: pictures in the size of the
    backbone, if there is one; cells of a table that become these rows."""
    if isinstance(how, TablePreprocessing):
        return cells(rows.astype(np.float64), how)
    if how.kind != "picture":
        return {ROWS: rows.astype(np.float32)}
    pictures = rows.astype(np.uint8)
    if backbone is not None:
        pictures = np.stack([sized(picture, backbone.input) for picture in pictures])
    return {PICTURES: pictures}


def cells(rows: NDArray[np.float64], table: TablePreprocessing) -> Given:
    """Returns cells of a table that become these rows."""
    numbers: list[NDArray[Any]] = []
    texts: list[NDArray[Any]] = []
    at = 0
    for column in table.columns:
        own = rows[:, at : at + column.features]
        at += column.features
        if isinstance(column, NumberColumn):
            values = column.mean + column.deviation * own[:, 0]
            numbers.append(np.where(own[:, 1] > 0, np.nan, values) if column.missing else values)
        else:
            texts.append(texts_of(own, column))
    return in_columns(numbers, texts)


def texts_of(features: NDArray[np.float64], column: TextColumn) -> NDArray[np.object_]:
    known = [*column.categories, MISSING_TEXT][: column.features]
    choice = np.array([*known, unknown(column)], object)
    return choice[np.where(features.any(axis=1), features.argmax(axis=1), len(known))]


def unknown(column: TextColumn) -> str:
    """A text that no training row had."""
    return "?" * (1 + max(map(len, column.categories), default=0))


def in_columns(numbers: list[NDArray[Any]], texts: list[NDArray[Any]]) -> Given:
    found = {NUMBERS: numbers, TEXTS: texts}
    return {name: np.stack(columns, axis=1) for name, columns in found.items() if columns}


def encoded(given: Given, table: TablePreprocessing) -> NDArray[np.float32]:
    """Returns the rows that a table makes of cells, as it does in training and in prediction."""
    none = np.empty((0, 0), object)
    numbers, texts = (iter(given.get(name, none).T) for name in (NUMBERS, TEXTS))
    found: list[Cells] = []
    for column in table.columns:
        if isinstance(column, NumberColumn):
            found.append(next(numbers))
        else:
            known: dict[str, int] = {MISSING_TEXT: MISSING, **column.places}
            found.append(np.array([known.get(str(text), UNKNOWN) for text in next(texts)]))
    return table.encoded(found)


def drawn(how: Preprocessing | TablePreprocessing, shape: tuple[int, ...], like: Given) -> Given:
    """Returns samples that are made up, and of nobody: for whoever takes the model away.

    Args:
        shape: of a sample as it is given.
        like: samples of the dataset; rows of plain numbers lie between the least and the largest.
    """
    rng = np.random.default_rng(1)
    if isinstance(how, TablePreprocessing):
        return drawn_cells(rng, how)
    if how.kind != "picture":
        ends = like[ROWS].min(axis=0), like[ROWS].max(axis=0)
        return {ROWS: rng.uniform(*ends, (DRAWN, *shape)).astype(np.float32)}
    if len(shape) == CHANNELS and shape[2] == CHANNELS:
        return {PICTURES: drawn_pictures((shape[0], shape[1]))}
    return {PICTURES: rng.integers(0, 256, (DRAWN, *shape), np.uint8)}


def drawn_cells(rng: np.random.Generator, table: TablePreprocessing) -> Given:
    """Of each column something else in each row: also what is missing, and texts that are new."""
    numbers: list[NDArray[Any]] = []
    texts: list[NDArray[Any]] = []
    for column in table.columns:
        lacking = rng.random(DRAWN) < 1 / DRAWN
        if isinstance(column, NumberColumn):
            values = rng.normal(column.mean, column.deviation, DRAWN)
            numbers.append(np.where(lacking, np.nan, values))
        else:
            choice = np.array([*column.categories, MISSING_TEXT, unknown(column)], object)
            texts.append(choice[rng.integers(0, len(choice), DRAWN)])
    return in_columns(numbers, texts)


def joined(first: Given, second: Given) -> Given:
    """The samples of both, one behind the other."""
    return {name: np.concatenate([array, second[name]]) for name, array in first.items()}


def for_files(given: Given) -> Given:
    """Samples as a file of NumPy has them, texts without Python's objects."""
    return {name: array.astype(str) if name == TEXTS else array for name, array in given.items()}

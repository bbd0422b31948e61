"""What a person would want to know about a table before training on it."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from worker.data.given_away import most_telling
from worker.data.packed import quoted, some
from worker.data.reading import Reading
from worker.data.row_checks import OF_ROWS
from worker.data.rows import read_blocks
from worker.data.tables.columns import Column, NumberColumn
from worker.data.written_arrays import WrittenArrays
from worker.findings.rule import Observation, Rule

NAMED = 5  # columns that a finding names; the rest it counts
SHOWN = 20  # columns in the evidence of a finding
# Of which it is looked at whether a column gives the class away: so many rows, and numbers in all.
SAMPLE_ROWS, SAMPLE = 10_000, 2**23


def columns_left_out(reading: Reading) -> Observation | None:
    names = reading.table.left_out
    if not names:
        return None
    return Observation(f"Columns that are not used: {some(names, NAMED)}.")


def missing_values(reading: Reading) -> Observation | None:
    return counted(
        reading.table.missing,
        "cells are missing",
        "The median of the training rows stands for a number that is missing; where training rows "
        "lack it, a feature of its own says so.",
        reading.rows,
    )


def infinite_values(reading: Reading) -> Observation | None:
    return counted(
        reading.table.infinite,
        "numbers are infinite, or too large for 32 bits, and count as missing",
        "Mend them.",
        reading.rows,
    )


def strange_texts(reading: Reading) -> Observation | None:
    return counted(
        reading.table.strange,
        "texts are in no training row, so nothing is known of them",
        "Put rows of each text into the training split.",
        reading.rows,
    )


def counted(cells: Counter[str], what: str, then: str, rows: int) -> Observation | None:
    """Returns in which columns so many cells are that, beginning with those of most."""
    most = [(name, count) for name, count in cells.most_common() if count]
    if not most:
        return None
    told = ", ".join(f"{count:,} in {quoted(name)}" for name, count in most[:NAMED])
    more = f" and others in {len(most) - NAMED:,} more columns" if len(most) > NAMED else ""
    total = sum(count for _, count in most)
    return Observation(
        f"Of {rows:,} rows, {total:,} {what}: {told}{more}. {then}",
        {"columns": dict(most[:SHOWN])},
    )


def constant_columns(arrays: WrittenArrays) -> Observation | None:
    columns = () if arrays.table is None else arrays.table.columns
    ends = np.cumsum([column.features for column in columns])
    constant = np.split(arrays.constant, ends[:-1])
    names = [own.name for own, same in zip(columns, constant, strict=True) if same.all()]
    if not names:
        return None
    return Observation(
        f"{len(names):,} of {len(columns):,} columns are the same in every training row and tell "
        f"the classes nothing: {some(names, NAMED, quoted)}.",
        {"columns": names[:SHOWN]},
    )


def given_away(arrays: WrittenArrays) -> Observation | None:
    about = {column.name: values for column, values in sampled_columns(arrays)}
    step = sampled_every(arrays)
    found = most_telling(about, arrays.labels("train")[::step])
    if found is None:
        return None
    return Observation(
        f"The column {quoted(found.what)} alone tells the class of {found.right:.0%} of the "
        f"training rows, of which the most frequent class has {found.most:.0%}. If it is known "
        "only once the class is known, leave it out (leave_out).",
        {"what": found.what, "right": round(found.right, 4), "most_frequent": round(found.most, 4)},
    )


def sampled_every(arrays: WrittenArrays) -> int:
    """Returns how far the training rows are apart that are looked at."""
    features = arrays.table.shape[0] if arrays.table else 1
    most = max(1, min(SAMPLE_ROWS, SAMPLE // features))
    return -(-sum(arrays.per_class["train"]) // most)


def sampled_columns(arrays: WrittenArrays) -> Iterator[tuple[Column, Any]]:
    """Yields each column with its cells in some of the training rows: numbers, or words."""
    x, at = sample(arrays), 0
    for column in arrays.table.columns if arrays.table else ():
        own = x[:, at : at + column.features]
        at += column.features
        if isinstance(column, NumberColumn):
            yield column, own[:, 0]
        else:
            yield column, own.argmax(axis=1).astype("U")


def sample(arrays: WrittenArrays) -> NDArray[np.float32]:
    """Returns some of the training rows, (…, features), evenly spread."""
    found, seen, step = [], 0, sampled_every(arrays)
    for block in read_blocks(arrays.x("train")):
        found.append(block[-seen % step :: step].copy())
        seen += len(block)
    return np.concatenate(found)


OF_COLUMNS: tuple[Rule[Reading], ...] = (
    Rule("columns_left_out", "info", columns_left_out),
    Rule("missing_values", "info", missing_values),
    Rule("infinite_values", "warning", infinite_values),
    Rule("unknown_texts", "warning", strange_texts),
)
OF_TABLE: tuple[Rule[WrittenArrays], ...] = (
    *OF_ROWS,
    Rule("class_given_away", "warning", given_away),
    Rule("constant_features", "info", constant_columns),
)

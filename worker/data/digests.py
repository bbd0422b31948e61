"""Numbers that stand for the bytes of rows and of files, to find those that are the same.

Of a million that differ, two have one number by a chance of one to thirty million.
"""

from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from xxhash import xxh3_64, xxh3_64_intdigest

Digests: TypeAlias = NDArray[np.uint64]

NARROW = 256  # columns of a row that is short
# Odd numbers without a pattern: of two rows that differ in one cell, no product is the same.
MIXERS = np.array([0x9E3779B97F4A7C15, 0xD6E8FEB86659FD93], np.uint64)


def digest_of(data: bytes | memoryview) -> int:
    """Returns the number of these bytes, below 2^64."""
    return xxh3_64_intdigest(data)


def chained(before: int, parts: Iterable[memoryview]) -> int:
    """Returns the number of these bytes and of all for which the number `before` stands."""
    found = xxh3_64(before.to_bytes(8, "little"))
    for part in parts:
        found.update(part)
    return found.intdigest()


def digests_of(blocks: Iterable[NDArray[Any]]) -> Digests:
    """Returns the numbers of all rows of these blocks, (rows,)."""
    return np.concatenate([np.zeros(0, np.uint64), *map(of_block, blocks)])


def of_block(block: NDArray[Any]) -> Digests:
    """Returns the numbers of the rows of a block, (rows,)."""
    if not block.size:
        return np.zeros(len(block), np.uint64)
    if block.ndim == 2 and block.dtype == np.float32 and block.shape[1] <= NARROW:
        return of_columns([column.view(np.uint32) for column in block.T])
    data, step = np.ascontiguousarray(block).reshape(-1).view(np.uint8).data, block[0].nbytes
    numbers = (xxh3_64_intdigest(data[at : at + step]) for at in range(0, len(data), step))
    return np.fromiter(numbers, np.uint64, len(block))


def of_columns(columns: Sequence[NDArray[np.unsignedinteger[Any]]]) -> Digests:
    """Returns the numbers of rows, (rows,), from those of their cells, (rows,) in each column.

    Where rows are short, this is several times as fast as to call a function for each.
    """
    found = np.zeros(len(columns[0]), np.uint64)
    for column in columns:
        found ^= column
        found *= MIXERS[0]
        found ^= found >> np.uint64(32)
        found *= MIXERS[1]
    return found


def are_different(digests: Digests) -> bool:
    """Whether no two rows are the same."""
    ordered = np.sort(digests)
    return bool((ordered[1:] != ordered[:-1]).all())


def places_among(digests: Digests, others: Digests) -> NDArray[np.int64]:
    """Returns the rows, (m,), that are among others too."""
    ordered = np.sort(others)
    at = np.searchsorted(ordered, digests)
    there = at < len(ordered)
    there[there] = ordered[at[there]] == digests[there]
    return np.flatnonzero(there)


def groups_of(digests: Digests) -> NDArray[np.int64]:
    """Returns which rows are the same: the number of each row's group, (rows,), counted from 0 in
    the order in which the groups begin."""
    if are_different(digests):
        return np.arange(len(digests))
    _, first, group = np.unique(digests, return_index=True, return_inverse=True)
    number = np.empty(len(first), np.int64)
    number[np.argsort(first)] = np.arange(len(first))
    return number[group]

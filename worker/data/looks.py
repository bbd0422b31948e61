"""What is noted of each row of a split, in one pass over its array."""

from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from worker.data.contents import DIGEST_BYTES, digest
from worker.data.progress import Seen
from worker.data.rows import read_blocks

DIGEST = f"S{DIGEST_BYTES}"
HASH_ROWS, HASH_COLUMNS = 8, 9


class Looks(NamedTuple):
    """What is noted of the rows, (rows,) each.

    Attributes:
        digests: of their bytes.
        brightness: the mean of their numbers, from 0 to 255.
        spread: the standard deviation of their numbers.
        hashes: of pictures, which is alike for pictures that look alike; 0 for others.
    """

    digests: NDArray[np.bytes_]
    brightness: NDArray[np.float64]
    spread: NDArray[np.float64]
    hashes: NDArray[np.uint64]


def looks_of(path: Path, seen: Seen) -> Looks:
    """Returns what is noted of the rows in a file; `seen` counts those that were looked at."""
    blocks = []
    for block in read_blocks(path):
        blocks.append(_looks(block))
        seen(len(block))
    if not blocks:
        return Looks(np.array([], DIGEST), np.zeros(0), np.zeros(0), np.zeros(0, np.uint64))
    return Looks(*(np.concatenate(parts) for parts in zip(*blocks, strict=True)))


def digests_of(path: Path) -> NDArray[np.bytes_]:
    """Returns the digests of the rows in a file, (rows,)."""
    return np.concatenate([np.array([], DIGEST), *map(_digests, read_blocks(path))])


def _digests(block: NDArray[Any]) -> NDArray[np.bytes_]:
    # NumPy drops the zeros at the end of such texts, which are equal without them too.
    return np.array([digest(row.data) for row in block], DIGEST)


def _looks(block: NDArray[Any]) -> Looks:
    rows = block.reshape(len(block), -1)
    mean = rows.mean(axis=1)
    # einsum converts a few rows at a time: float64 of a block would be eight times as large.
    squares = np.einsum("ij,ij->i", rows, rows, dtype=np.float64, casting="unsafe")
    spread = np.sqrt(np.maximum(0, squares / max(1, rows.shape[1]) - mean**2))
    return Looks(_digests(block), mean, spread, _hashes(block))


def _hashes(block: NDArray[Any]) -> NDArray[np.uint64]:
    """Difference hashes: a picture of 9 × 8 places, and of each whether its right neighbour is
    brighter.

    Source: N. Krawetz, Kind of Like That, 2013.
    """
    if block.ndim != 4 or block.shape[1] < HASH_ROWS or block.shape[2] < HASH_COLUMNS:
        return np.zeros(len(block), np.uint64)
    rows, height, width, channels = block.shape
    cuts = np.arange(HASH_ROWS + 1) * height // HASH_ROWS
    # Whole lines first: they lie one behind the other, which is several times as fast.
    lines = block.reshape(rows, height, width * channels)
    bands = [lines[:, top:end].sum(axis=1, dtype=np.uint32) for top, end in pairwise(cuts)]
    sums = np.stack(bands, axis=1).reshape(rows, HASH_ROWS, width, channels).sum(axis=3)
    starts = np.arange(HASH_COLUMNS) * width // HASH_COLUMNS
    means = sums / np.diff(cuts)[:, None]
    grey = np.add.reduceat(means, starts, axis=2) / np.diff([*starts, width])
    brighter = (grey[:, :, 1:] > grey[:, :, :-1]).reshape(rows, -1)
    return np.packbits(brighter, axis=1).view(np.uint64).reshape(-1)

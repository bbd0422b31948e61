"""What is noted of each row of a split, in one pass over its array."""

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from worker.data.digests import Digests, of_block
from worker.data.progress import Seen
from worker.data.rows import count_rows, read_blocks
from worker.system.machine import few_threads

BLOCK_BYTES = 2**21  # of two threads together they stay in the cache
HASH_ROWS, HASH_COLUMNS = 8, 9
CHUNK_BYTES = 2**17  # of pictures whose squares are made at a time: they stay in the cache
LINES = np.iinfo(np.uint16).max // 255  # whose sums 16 bits hold


class Looks(NamedTuple):
    """What is noted of the rows, (rows,) each.

    Attributes:
        digests: of their bytes.
        brightness: of pictures, the mean of their numbers, from 0 to 255; nan for other rows.
        spread: of pictures, the standard deviation of their numbers; nan for other rows.
        hashes: of pictures, which is alike for pictures that look alike; 0 for others.
    """

    digests: Digests
    brightness: NDArray[np.float64]
    spread: NDArray[np.float64]
    hashes: NDArray[np.uint64]


def looks_of(path: Path, seen: Seen) -> Looks:
    """Returns what is noted of the rows in a file, of which parts are looked at side by side;
    `seen` counts those that were."""
    threads = few_threads()
    ends = np.linspace(0, count_rows(path), threads + 1).astype(int).tolist()
    one_at_a_time = Lock()

    def looks(start: int, stop: int) -> Looks:
        found = []
        for block in read_blocks(path, BLOCK_BYTES, start, stop):
            found.append(_looks(block))
            with one_at_a_time:
                seen(len(block))
        return _together(found)

    with ThreadPoolExecutor(threads) as pool:
        return _together([*pool.map(looks, ends[:-1], ends[1:])])


def _together(parts: list[Looks]) -> Looks:
    if not parts:
        return Looks(np.zeros(0, np.uint64), np.zeros(0), np.zeros(0), np.zeros(0, np.uint64))
    return Looks(*map(np.concatenate, zip(*parts, strict=True)))


def _looks(block: NDArray[Any]) -> Looks:
    unknown = np.full(len(block), np.nan)
    if block.ndim != 4:
        return Looks(of_block(block), unknown, unknown, np.zeros(len(block), np.uint64))
    rows, height, width, channels = block.shape
    lines = block.reshape(rows, height, width * channels)
    bands = _bands(lines)
    mean = bands.sum(axis=(1, 2), dtype=np.float64) / lines[0].size
    spread = np.sqrt(np.maximum(0, _squares(lines) / lines[0].size - mean**2))
    hashes = _hashes(bands, width, channels)
    return Looks(of_block(block), mean, spread, hashes)


def _bands(lines: NDArray[np.uint8]) -> NDArray[np.unsignedinteger[Any]]:
    """The sums of lines that lie together, (rows, HASH_ROWS or fewer, numbers of a line)."""
    height = lines.shape[1]
    count = min(HASH_ROWS, height)
    cuts = np.arange(count + 1) * height // count
    numbers = np.uint16 if height <= count * (LINES - 1) else np.uint32
    return np.stack([lines[:, a:b].sum(axis=1, dtype=numbers) for a, b in pairwise(cuts)], axis=1)


def _squares(lines: NDArray[np.uint8]) -> NDArray[np.float64]:
    """The sum of the squares of each picture, (rows,)."""
    step, found = max(1, CHUNK_BYTES // lines[0].size), np.empty(len(lines))
    for at in range(0, len(lines), step):
        some = lines[at : at + step].astype(np.float32)
        found[at : at + step] = np.vecdot(some, some).sum(axis=1, dtype=np.float64)
    return found


def _hashes(
    bands: NDArray[np.unsignedinteger[Any]], width: int, channels: int
) -> NDArray[np.uint64]:
    """Difference hashes: a picture of 9 × 8 places, and of each whether its right neighbour is
    brighter.

    Source: N. Krawetz, Kind of Like That, 2013.
    """
    if bands.shape[1] < HASH_ROWS or width < HASH_COLUMNS:
        return np.zeros(len(bands), np.uint64)
    starts = np.arange(HASH_COLUMNS) * width // HASH_COLUMNS
    sums = np.add.reduceat(bands, starts * channels, axis=2, dtype=np.uint32)
    grey = sums / np.diff([*starts, width])
    brighter = (grey[:, :, 1:] > grey[:, :, :-1]).reshape(len(bands), -1)
    return np.packbits(brighter, axis=1).view(np.uint64).reshape(-1)

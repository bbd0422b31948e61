"""Pictures of two splits that look alike, though their bytes differ."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from worker.data.looks import Looks
from worker.data.rows import read_rows

BITS = 3  # of 64 by which the hashes of two pictures may differ
BANDS = 4  # one more than that, so that one of them is the same in both
# Pairs whose hashes are compared, and whose numbers are: drawings may be alike without end.
CANDIDATES, COMPARED = 10**6, 5_000
LEAST_SPREAD = 12.0  # of pictures in which there is something to see
DIFFERENCE = 6.0  # of their numbers on an average, from 0 to 255, at most


class Pair(NamedTuple):
    """Rows of two splits, by their places."""

    first: int
    second: int


def pairs(ones: Path, looks: Looks, others: Path, their_looks: Looks) -> list[Pair]:
    """Returns the rows of the second file that look like rows of the first, each with one of them.

    Args:
        ones, others: files of pictures of one size.
    """
    # Each once, though it may be near in several bands.
    near = dict.fromkeys(islice(_candidates(looks, their_looks), COMPARED))
    found: dict[int, Pair] = {}
    for pair in near:
        if pair.second not in found and _is_alike(ones, others, pair):
            found[pair.second] = pair
    return sorted(found.values(), key=lambda pair: pair.second)


def _candidates(looks: Looks, their_looks: Looks) -> Iterator[Pair]:
    """Pairs with nearly one hash, of which the bytes differ."""
    left = CANDIDATES
    shown = (their_looks.spread >= LEAST_SPREAD) & (their_looks.hashes != 0)
    for band in range(BANDS):
        first, second = _band(looks, band), _band(their_looks, band)
        order = np.argsort(first, kind="stable")
        start, end = (np.searchsorted(first[order], second, side) for side in ("left", "right"))
        counts = np.where(shown, end - start, 0)
        counts[np.cumsum(counts) > left] = 0
        left -= int(counts.sum())
        others = np.repeat(np.arange(len(second)), counts)
        behind = np.arange(len(others)) - np.repeat(np.cumsum(counts) - counts, counts)
        ones = order[start[others] + behind]
        near = _are_near(looks, ones, their_looks, others)
        yield from map(Pair, ones[near].tolist(), others[near].tolist())


def _band(looks: Looks, band: int) -> NDArray[np.uint64]:
    width = 64 // BANDS
    return (looks.hashes >> np.uint64(band * width)) & np.uint64(2**width - 1)


def _are_near(
    looks: Looks, ones: NDArray[np.int64], their_looks: Looks, others: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Of pairs of rows, (pairs,) each."""
    bits = np.bitwise_count(looks.hashes[ones] ^ their_looks.hashes[others])
    differ = looks.digests[ones] != their_looks.digests[others]
    found: NDArray[np.bool_] = (bits <= BITS) & (looks.spread[ones] >= LEAST_SPREAD) & differ
    return found


def _is_alike(ones: Path, others: Path, pair: Pair) -> bool:
    one = read_rows(ones, pair.first, 1).astype(np.int16)
    other = read_rows(others, pair.second, 1).astype(np.int16)
    return float(np.abs(one - other).mean()) <= DIFFERENCE

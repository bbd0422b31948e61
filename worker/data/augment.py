"""Random changes of training pictures that leave their class as it is."""

import numpy as np

from worker.nn.arrays import Array, Generator


def moves(count: int, rng: Generator, *, flip: bool, shift: int) -> Array:
    """Returns for each picture whether it is mirrored (0 or 1), and by how many pixels it is moved
    down and to the right: (count, 3), int64. Where a move leaves a gap, the edge is repeated.

    Args:
        count: pictures.
        flip: whether pictures are mirrored at all; then every second one is, on the average.
        shift: pixels of the largest move, in either direction.
    """
    # Both are always drawn: switching one on must not change the numbers of the other.
    mirrored = rng.random(count) < 0.5
    moved = rng.integers(-shift, shift, (2, count), endpoint=True)
    return np.stack([mirrored & flip, *moved], axis=1).astype("int64")

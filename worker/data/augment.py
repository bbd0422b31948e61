"""Changed copies of pictures: what a network must not mind."""

import numpy as np

from worker.nn.arrays import Array, Generator


def moves(count: int, rng: Generator, *, flip: bool, shift: int) -> Array:
    """How so many pictures are changed: each mirrored or not, and moved by up to `shift` pixels
    down and to the right, (count, 3). Where that leaves a gap, the edge is repeated."""
    # Drawn whether used or not: switching one on must not change what the other does.
    mirrored = rng.random(count) < 0.5
    moved = rng.integers(-shift, shift, (2, count), endpoint=True)
    return np.stack([mirrored & flip, *moved], axis=1).astype("int64")

"""Changed copies of pictures: what a network must not mind."""

import numpy as np

from worker.nn.backend import Array, Generator


def augment(pictures: Array, chance: Generator, *, flip: bool, shift: int) -> Array:
    """Copies of the pictures, (m, height, width, channels), each mirrored or not and moved by up to
    `shift` pixels to each side; where that leaves a gap, the edge is repeated."""
    m, height, width = pictures.shape[:3]
    # Drawn whether used or not: switching one on must not change what the other does.
    mirrored = chance.random(m) < 0.5
    down, right = chance.integers(-shift, shift, (2, m, 1), endpoint=True)
    rows = np.clip(np.arange(height) - down, 0, height - 1)
    columns = np.clip(np.arange(width) - right, 0, width - 1)
    if flip:
        columns[mirrored] = columns[mirrored, ::-1]
    which = np.arange(m)[:, None, None]
    moved: Array = pictures[which, rows[:, :, None], columns[:, None, :]]
    return moved

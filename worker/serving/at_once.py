"""How many samples go through a network at once."""

from collections.abc import Iterator, Sequence
from math import prod

from worker.nn.arrays import Array
from worker.nn.network import Network
from worker.training.evaluate import of_rows

BLOCK_NUMBERS = 2**20  # of any layer's that are computed at once, 8 MiB of them


def rows_at_once(network: Network, takes: Sequence[int]) -> int:
    """Returns how many rows go through every layer within BLOCK_NUMBERS numbers; of pictures, which
    go through them one by one, how many have so many numbers themselves.

    Args:
        takes: the shape of what the network takes.
    """
    widest = max(max(p.shape) for p in network.params) if of_rows(network) else prod(takes)
    return max(1, BLOCK_NUMBERS // widest)


def pieces(rows: Array, step: int) -> Iterator[Array]:
    """Returns the rows, (m, …), so many at a time."""
    return (rows[at : at + step] for at in range(0, len(rows), step))

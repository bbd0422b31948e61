"""The network of pictures that answers fastest here."""

from collections.abc import Sequence

from worker.nn.engines.answering import PRECISION
from worker.nn.engines.answering.by_blas import BlasNetwork
from worker.nn.engines.cpu import cache
from worker.nn.layers import Layer
from worker.nn.network import Network
from worker.nn.windows import Shape


def answering_network(layers: Sequence[Layer], shape: Shape, threads: int) -> Network:
    """By the kernels that train, if they are compiled; else by BLAS, in twice to four times as
    long. Both answer in float32, and differ in its last digits.

    Args:
        shape: of a picture, (h, w, c).
        threads: that compute together, at most.
    """
    if PRECISION in cache.missing():
        return BlasNetwork(layers, threads)
    # Only now: they take a second to load, and memory that who has no pictures needs not give.
    from worker.nn.engines.answering.by_kernels import KernelNetwork

    return KernelNetwork(layers, shape, threads)

import threading
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from tests.service.wait import wait_until
from worker.nn.arrays import Array
from worker.serving.together import Found, Together

MOST = 4


def rows(*numbers: int) -> Array:
    return np.array(numbers, float)[:, None]


class Network:
    """Doubles rows, the first time not before it may; and refuses negative ones.

    Attributes:
        sizes: how many rows it was asked about at a time.
    """

    def __init__(self) -> None:
        self.sizes: list[int] = []
        self.go_on = threading.Event()

    def __call__(self, x: Array) -> Found:
        self.sizes.append(len(x))
        assert self.go_on.wait(30)
        if (x < 0).any():
            raise MemoryError("no negative rows")
        return x + 1, 2 * x


@pytest.fixture
def network() -> Network:
    return Network()


def asked_while_it_computes(network: Network, *asked: Array) -> list["Future[Found]"]:
    """What became of rows that were asked about in this order, while the first was computed."""
    together, found = Together(MOST), list["Future[Found]"]()

    def all_wait() -> bool:
        return len(network.sizes) == 1 and len(together._waiting) == len(found) - 1

    with ThreadPoolExecutor(len(asked)) as pool:
        for each in asked:
            found.append(pool.submit(together.computed, network, each))
            wait_until(all_wait)
        network.go_on.set()
    return found


def test_what_comes_while_it_computes_is_computed_together_next(network: Network) -> None:
    asked = [rows(1), rows(2), rows(3, 4), rows(5)]
    found = asked_while_it_computes(network, *asked)
    assert network.sizes == [1, 4]
    for own, each in zip(asked, found, strict=True):
        assert_array_equal(each.result()[0], own + 1)
        assert_array_equal(each.result()[1], 2 * own)


def test_no_more_than_so_many_rows_are_computed_together(network: Network) -> None:
    asked = [rows(1), rows(2, 3), rows(4, 5, 6), rows(7), rows(*range(9))]
    found = asked_while_it_computes(network, *asked)
    assert network.sizes == [1, 2, 4, 9]
    for own, each in zip(asked, found, strict=True):
        assert_array_equal(each.result()[1], 2 * own)


def test_rows_that_cannot_be_computed_do_not_hurt_those_beside_them(network: Network) -> None:
    first, good, bad = asked_while_it_computes(network, rows(1), rows(2), rows(-1))
    assert sorted(network.sizes) == [1, 1, 1, 2]
    assert [float(each.result()[1][0, 0]) for each in (first, good)] == [2, 4]
    with pytest.raises(MemoryError, match="no negative rows"):
        bad.result()

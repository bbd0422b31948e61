from functools import partial

import pytest

from worker.nn import initializers
from worker.nn.arrays import Purpose, generator
from worker.nn.initializers import Initializer

ALL: dict[str, Initializer] = {
    "he": initializers.he,
    "xavier": initializers.xavier,
    "glorot": initializers.glorot,
    "normal": partial(initializers.normal, deviation=3),
    "zeros": initializers.zeros,
}
every_one = pytest.mark.parametrize("draw", ALL.values(), ids=ALL)


@pytest.mark.parametrize(
    ("name", "variance"),
    [("he", 2 / 400), ("xavier", 1 / 400), ("glorot", 2 / (400 + 300)), ("normal", 3**2)],
)
def test_the_variance_is_the_papers(name: str, variance: float) -> None:
    W = ALL[name](generator(1, Purpose.START), 400, 300)
    # The variance of 120,000 draws is known to within about 0.4 %: five times that.
    assert W.var() == pytest.approx(variance, rel=0.02)
    assert abs(W.mean()) < 5 * (variance / W.size) ** 0.5


def test_zeros_are_zeros() -> None:
    assert not initializers.zeros(generator(1, Purpose.START), 5, 4).any()


@every_one
def test_weights_are_float64_and_one_units_lie_together(draw: Initializer) -> None:
    W = draw(generator(1, Purpose.START), 5, 4)
    assert (W.shape, W.dtype.name) == ((5, 4), "float64")
    assert W[:, 0].flags.c_contiguous


@every_one
def test_a_seed_means_one_start(draw: Initializer) -> None:
    first, again = (draw(generator(1, Purpose.START), 5, 4) for _ in range(2))
    assert (first == again).all()

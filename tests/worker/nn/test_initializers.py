import pytest

from worker.nn.arrays import Array, Purpose, generator
from worker.nn.initializers import INITIALIZERS, draw

every_one = pytest.mark.parametrize("name", INITIALIZERS)


def weights(name: str, n_in: int, n_out: int) -> Array:
    deviation = INITIALIZERS[name](n_in, n_out, 3.0)
    return draw(generator(1, Purpose.START), n_in, n_out, deviation)


@pytest.mark.parametrize(
    ("name", "variance"),
    [("he", 2 / 400), ("xavier", 1 / 400), ("glorot", 2 / (400 + 300)), ("normal", 3**2)],
)
def test_the_variance_is_the_papers(name: str, variance: float) -> None:
    W = weights(name, 400, 300)
    # The variance of 120,000 draws is known to within about 0.4 %: five times that.
    assert W.var() == pytest.approx(variance, rel=0.02)
    assert abs(W.mean()) < 5 * (variance / W.size) ** 0.5


def test_zeros_are_zeros() -> None:
    assert not weights("zeros", 5, 4).any()


@every_one
def test_weights_are_float64_and_one_units_lie_together(name: str) -> None:
    W = weights(name, 5, 4)
    assert (W.shape, W.dtype.name) == ((5, 4), "float64")
    assert W[:, 0].flags.c_contiguous


@every_one
def test_a_seed_means_one_start(name: str) -> None:
    first, again = (weights(name, 5, 4) for _ in range(2))
    assert (first == again).all()

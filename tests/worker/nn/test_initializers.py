import pytest

from worker.nn.arrays import Array, Purpose, generator
from worker.nn.initializers import INITIALIZERS, course, draw, he, start_generator

every_one = pytest.mark.parametrize("name", INITIALIZERS)


def weights(name: str, n_in: int, n_out: int) -> Array:
    deviation = INITIALIZERS[name](n_in, n_out, 3.0)
    return draw(generator(1, Purpose.START), n_in, n_out, deviation)


@pytest.mark.parametrize(
    ("name", "variance"),
    [
        ("he", 2 / 400),
        ("xavier", 1 / 400),
        ("glorot", 2 / (400 + 300)),
        ("normal", 3**2),
        ("course", 1 / 400),
    ],
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


def test_the_courses_start_is_that_of_its_notebook() -> None:
    rng = start_generator(course, 1)
    # Of numpy.random.seed(1), as its documentation and a thousand answers show them.
    units = draw(rng, 3, 2, course(3, 2, 1.0)).T * 3**0.5
    known = [1.62434536, -0.61175641, -0.52817175, -1.07296862, 0.86540763, -2.3015387]
    assert units.ravel().tolist() == pytest.approx(known)


@pytest.mark.parametrize("seed", [0, 2**32 - 1, 2**32, 2**63 - 1])
def test_any_seed_of_a_spec_begins_a_start_of_its_own(seed: int) -> None:
    first, again = (start_generator(course, seed).normal(0, 1, 4) for _ in range(2))
    assert (first == again).all()
    other = start_generator(course, seed ^ 1).normal(0, 1, 4)
    assert not (first == other).any()


def test_all_other_starts_depend_on_their_key_alone() -> None:
    first = start_generator(he, 7).normal(0, 1, 4)
    assert (first == generator(7, Purpose.START).normal(0, 1, 4)).all()

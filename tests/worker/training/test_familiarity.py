import tracemalloc

import numpy as np
import pytest
from numpy.testing import assert_allclose

from worker.nn.arrays import Array
from worker.training import familiarity as familiar
from worker.training.familiarity import Acquaintance, Familiarity, Fold
from worker.training.unsure import Unsure


def met(x: Array, y: Array, classes: int = 2) -> Familiarity | None:
    """What is known after rows in blocks of uneven sizes."""
    met = Acquaintance(x[0].size, y, classes)
    for block in np.split(x, [1, len(x) // 3]):
        met.add(block)
    return met.familiarity()


def rows(width: int = 6, count: int = 400) -> tuple[Array, Array]:
    rng = np.random.default_rng(3)
    y = rng.integers(0, 2, count)
    return rng.normal(size=(count, width)) @ rng.normal(size=(width, width)) + 5 * y[:, None], y


def test_of_few_numbers_it_is_the_distance_of_mahalanobis() -> None:
    x, y = rows()
    known = met(x, y)
    assert known is not None
    means = np.array([x[y == label].mean(axis=0) for label in (0, 1)])
    off = x - means[y]
    inverse = np.linalg.inv(off.T @ off / len(x))
    each = [[(row - mean) @ inverse @ (row - mean) for mean in means] for row in x[:50]]
    assert_allclose(known.distances(x[:50]), np.sqrt(np.min(each, axis=1)), rtol=1e-6)


def test_of_many_numbers_all_but_a_few_directions_have_one_variance() -> None:
    x, y = rows(width=40)
    known = met(x, y)
    assert known is not None
    off = x - np.array([x[y == label].mean(axis=0) for label in (0, 1)])[y]
    variances, axes = np.linalg.eigh(off.T @ off / len(x))
    variances[:24] = variances[:24].mean()
    # Rows off one mean, and nearer to it than to the other.
    near = x[y == 0].mean(axis=0) + 0.01 * off[:9]
    expected = np.sqrt(((0.01 * off[:9] @ axes) ** 2 / variances).sum(axis=1))
    assert_allclose(known.distances(near), expected, rtol=1e-6)
    assert known.components == 16


def test_what_is_strange_is_far_though_it_varies_in_no_direction_that_is_known() -> None:
    rng = np.random.default_rng(1)
    x = rng.normal(size=(300, 30)) * np.r_[np.full(16, 9.0), np.full(14, 0.1)]
    known = met(x, np.arange(300) % 2)
    assert known is not None
    stranger = np.zeros((1, 30))
    stranger[0, -1] = 3.0
    assert known.distances(stranger)[0] > 4 * known.distances(x).max()


def test_wide_rows_are_folded_and_distances_stay_nearly_what_they_were() -> None:
    rng, fold = np.random.default_rng(2), Fold.of(5_000)
    a, b = rng.normal(size=(2, 5_000))
    folded = fold.folded(np.stack([a, b]).reshape(2, 50, 100))
    assert folded.shape == (2, familiar.WIDEST)
    assert np.linalg.norm(folded[0] - folded[1]) == pytest.approx(np.linalg.norm(a - b), rel=0.1)
    assert (Fold.of(5_000).order == fold.order).all()


def test_how_rows_come_in_blocks_is_no_matter() -> None:
    x, y = rows()
    one = met(x, y)
    assert one is not None
    at_once = Acquaintance(6, y, 2)
    at_once.add(x)
    whole = at_once.familiarity()
    assert whole is not None
    assert_allclose(one.distances(x), whole.distances(x), rtol=1e-6)


def test_of_many_classes_some_distances_are_told_at_a_time() -> None:
    rng, y = np.random.default_rng(1), np.arange(4_000) % 1_000
    x = rng.normal(size=(4_000, 4))
    known = met(x, y, classes=1_000)
    assert known is not None
    apart = [known.distances(row[None])[0] for row in x[::400]]
    tracemalloc.start()
    together = known.distances(x)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert_allclose(together[::400], apart, rtol=1e-6)
    assert most < 8 * x.shape[0] * 1_000 / 2


def test_a_class_without_rows_has_no_mean() -> None:
    x, y = rows()
    known = met(x, y, classes=5)
    assert known is not None
    assert len(known.means) == 2


@pytest.mark.parametrize("value", [0.0, 7.3, np.inf])
def test_rows_that_are_all_the_same_tell_no_distance(value: float) -> None:
    assert met(np.full((50, 4), value), np.arange(50) % 2) is None


@pytest.mark.parametrize(("value", "finite"), [(7.3, True), (1e152, True), (1e200, False)])
def test_it_is_known_whether_squares_are_numbers(value: float, finite: bool) -> None:
    met = Acquaintance(4, np.arange(50) % 2, 2)
    with np.errstate(over="ignore"):
        met.add(np.full((50, 4), value))
    assert met.finite is finite
    assert met.familiarity() is None


def test_its_memory_is_that_of_all_its_arrays() -> None:
    x, y = rows(width=600, count=60)
    known = met(x, y)
    assert known is not None
    kept = sum(array.nbytes for array in known.tensors().values())
    assert known.memory >= kept - 8 + 2 * 8 * 600  # of the fold: an order and signs
    assert Unsure(familiarity=known).memory == known.memory


def test_it_is_the_same_after_it_was_kept() -> None:
    x, y = rows(width=40)
    known = met(x, y)
    assert known is not None
    again = Familiarity.of(known.tensors())
    assert (again.distances(x) == known.distances(x)).all()

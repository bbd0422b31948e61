import numpy as np

from tests.worker.training.test_fit import pictures
from worker.data.dataset import Split
from worker.training.fit import moments
from worker.training.row_moments import summed


def test_pixels_are_summed_exactly_as_the_kernels_do() -> None:
    rows, _ = pictures(rows=50).train.divided(0.3, 1)
    found, expected = summed(rows), moments(rows, 2)
    assert found.rows == expected.rows == len(rows)
    for ours, theirs in zip(found[1:], expected[1:], strict=True):
        np.testing.assert_array_equal(ours, theirs)
        assert ours.dtype == "int64"


def test_numbers_are_summed_in_float64() -> None:
    x = np.array([[2.0**24, 1], [1, 3], [1, 5]], "float32")
    found = summed(Split.whole(x, np.zeros(3, int)))
    assert found.sums.tolist() == [2.0**24 + 2, 9]
    assert found.squares.tolist() == [2.0**48 + 2, 35]

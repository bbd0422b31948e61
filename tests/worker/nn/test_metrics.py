import numpy as np
import pytest

from worker.nn.metrics import auc, confusion, wilson_interval


def test_rows_of_the_confusion_are_what_was_and_columns_what_was_said() -> None:
    labels, said = np.array([0, 0, 1, 2, 2]), np.array([0, 1, 1, 2, 0])
    assert confusion(labels, said, 3) == [[1, 1, 0], [0, 1, 0], [1, 0, 1]]


def test_40_right_of_50_mean_67_to_89_percent() -> None:
    low, high = wilson_interval(40, 50)
    assert (round(low, 4), round(high, 4)) == (0.6696, 0.8876)


@pytest.mark.parametrize(("right", "rows"), [(0, 1), (1, 1), (0, 50), (50, 50)])
def test_the_interval_stays_within_0_and_1_and_holds_the_share(right: int, rows: int) -> None:
    low, high = wilson_interval(right, rows)
    assert 0 <= low <= right / rows <= high <= 1


def test_auc_counts_the_pairs_in_the_right_order() -> None:
    rng = np.random.default_rng(0)
    labels, scores = rng.integers(0, 2, 60), rng.integers(0, 9, 60)
    pairs = [(p > n) + (p == n) / 2 for p in scores[labels == 1] for n in scores[labels == 0]]
    assert auc(labels, scores) == pytest.approx(np.mean(pairs))


def test_auc_needs_both_classes() -> None:
    assert auc(np.ones(3, int), np.arange(3)) is None

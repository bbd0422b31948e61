import numpy as np
import pytest

from worker.training.threshold_curve import MOST_POINTS, of_rows


def test_a_curve_worked_by_hand() -> None:
    curve = of_rows(np.array([0.2, 0.7, 0.7, 0.9]), np.array([0, 0, 1, 1]))
    assert (curve["positives"], curve["negatives"]) == (2, 2)
    assert curve["points"] == [
        [1.0, 0, 0],
        [0.9, 1, 0],
        [0.7, 2, 1],
        [0.2, 2, 2],
        [0.0, 2, 2],
    ]


@pytest.mark.parametrize("positives", [0, 7, 30_000])
def test_of_many_rows_few_points_are_kept_and_all_are_true(positives: int) -> None:
    rng = np.random.default_rng(1)
    scores, labels = rng.random(60_000), np.arange(60_000) < positives
    curve = of_rows(scores, labels.astype(int))
    assert len(curve["points"]) <= MOST_POINTS
    for at, own, others in curve["points"]:
        reach = scores >= at
        assert (own, others) == ((reach & labels).sum(), (reach & ~labels).sum())
    own = [point[1] for point in curve["points"]]
    assert max(np.diff(own)) <= max(1, positives / 90)
    assert (own[0], own[-1]) == (0, positives)

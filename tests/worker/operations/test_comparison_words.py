"""What comes of a comparison, in words."""

import numpy as np
import pytest

from worker.operations.comparison_words import in_words
from worker.operations.differences import Difference
from worker.operations.same_rows import SameRows, compared
from worker.store.right_answers import Kept

RATE = Difference("/optimizer/learning_rate", [0.01, 0.1])
NAME = Difference("/model", ["cats", "dogs"])
UNITS = Difference("/network/hidden_units", [[500] * 20, [20, 7, 5]])


def answered(*right: int, rows: int = 100) -> SameRows:
    kept = [Kept("ds_1", True, np.arange(rows) < each) for each in right]
    return compared(dict(enumerate(kept)))


@pytest.mark.parametrize(
    ("differences", "datasets", "said"),
    [
        ([], 0, "Nothing differs that changes how they learn."),
        ([NAME], 0, "Nothing differs that changes how they learn."),
        ([NAME, RATE], 0, "Only optimizer/learning_rate (0.01, 0.1) differs."),
        ([], 2, "Only the datasets differ."),
        ([RATE, UNITS], 1, "3 things differ: optimizer/learning_rate (0.01, 0.1), "
         "network/hidden_units, the datasets."),
        ([RATE] * 5, 0, "5 things differ: " + ", ".join(["optimizer/learning_rate (0.01, 0.1)"] * 3)
         + " and 2 more."),
    ],
)  # fmt: skip
def test_what_differs(differences: list[Difference], datasets: int, said: str) -> None:
    assert in_words(differences, datasets, ("epoch", None), None).startswith(said)


@pytest.mark.parametrize(
    ("parting", "said"),
    [
        (("epoch", None), "The costs end together."),
        (("epoch", 1_200), "The costs part at epoch 1,200."),
        (("step", 3), "The costs part at step 3."),
        (("seconds", 0.123456), "The costs part after 0.123 seconds."),
    ],
)
def test_where_the_costs_part(parting: tuple[str, float | None], said: str) -> None:
    assert said in in_words([], 0, parting, None)


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (None, "no test rows of which it is known what two of them answered."),
        (answered(90, 88), "right on 90, 88: the difference is not significant (p = 0.5)."),
        (answered(90, 50), "right on 90, 50: the difference is significant (p = 1.8e-12)."),
        (answered(90, 89, 88), "the difference is not significant (p = 0.22)."),
        (answered(90, 50, 50), "differ significantly (p = 4.2e-18), by pairs A and B, A and C."),
        (answered(90, 70, 50, 30), "by pairs A and B, A and C, A and D and 3 more."),
        (answered(6, 3, 1), "differ significantly (p = 0.022), but no two of them do."),
    ],
)
def test_whether_one_is_right_more_often(found: SameRows | None, said: str) -> None:
    assert in_words([], 0, ("epoch", None), found).endswith(said)

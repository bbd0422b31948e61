"""What became of rows, worked out by hand, and by a slow count of all of them."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.worker.data.edits.stored import row
from worker.data import difference
from worker.data.dataset import Dataset, Split
from worker.errors import LimitExceeded

Rows = list[tuple[int, str]]  # what is to be seen, and the class


def dataset(classes: list[str], **splits: Rows) -> Dataset:
    made = {
        name: Split.whole(
            np.array([seen for seen, _ in rows], np.uint8).reshape(-1, 1),
            np.array([classes.index(label) for _, label in rows], np.int64),
        )
        for name, rows in splits.items()
    }
    return Dataset("ds", "", classes, [1], {}, made)


def test_each_kind_of_change_is_counted_and_shown() -> None:
    before = dataset(
        ["cat", "dog"],
        train=[(1, "cat"), (2, "dog"), (3, "cat"), (4, "dog")],
        test=[(5, "cat"), (6, "dog")],
    )
    after = dataset(
        ["dog", "cat", "hen"],  # numbered otherwise, which is no change
        train=[(1, "cat"), (3, "hen"), (4, "dog"), (5, "cat")],
        test=[(7, "hen"), (6, "cat")],
    )
    found = difference.between(before, after, 5)
    assert found == {
        "unchanged": 2,
        "removed": {"rows": 1, "first": [row("train", 1, label="dog")]},
        "added": {"rows": 1, "first": [row("test", 0, label="hen")]},
        "relabelled": {
            "rows": 2,
            "first": [
                {"before": row("train", 2, label="cat"), "after": row("train", 1, label="hen")},
                {"before": row("test", 1, label="dog"), "after": row("test", 1, label="cat")},
            ],
        },
        "moved": {
            "rows": 1,
            "first": [
                {"before": row("test", 0, label="cat"), "after": row("train", 3, label="cat")}
            ],
        },
    }


def test_only_the_first_rows_are_shown() -> None:
    before = dataset(["a"], train=[(n, "a") for n in range(9)])
    found = difference.between(before, dataset(["a"], train=[(0, "a")]), 3)
    assert (found["removed"]["rows"], len(found["removed"]["first"])) == (8, 3)


def test_a_row_that_was_relabelled_and_moved_is_both() -> None:
    before = dataset(["a", "b"], train=[(1, "a")], test=[(2, "a")])
    after = dataset(["a", "b"], train=[(2, "b")], test=[(1, "a")])
    found = difference.between(before, after, 3)
    assert [found[name]["rows"] for name in ("removed", "added", "relabelled", "moved")] == [
        0, 0, 1, 2
    ]  # fmt: skip


def test_too_many_rows_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(difference, "MOST_ROWS", 3)
    four = dataset(["a"], train=[(n, "a") for n in range(2)])
    with pytest.raises(LimitExceeded, match="got 4"):
        difference.between(four, four, 3)


SOME = st.lists(st.tuples(st.integers(0, 4), st.sampled_from(["a", "b"])), min_size=1, max_size=12)


@given(SOME, SOME, SOME, SOME)
def test_the_counts_are_those_of_bags_of_rows(a: Rows, b: Rows, c: Rows, d: Rows) -> None:
    before, after = dataset(["a", "b"], train=a, test=b), dataset(["a", "b"], train=c, test=d)
    found = difference.between(before, after, 100)
    ones, others = Counter(seen for seen, _ in a + b), Counter(seen for seen, _ in c + d)
    whole = [Counter([("train", *each) for each in x] + [("test", *each) for each in y])
             for x, y in ((a, b), (c, d))]  # fmt: skip
    assert found["unchanged"] == (whole[0] & whole[1]).total()
    assert found["removed"]["rows"] == (ones - others).total()
    assert found["added"]["rows"] == (others - ones).total()
    back = difference.between(after, before, 100)
    assert back["moved"]["rows"] == found["moved"]["rows"]
    assert back["relabelled"]["rows"] == found["relabelled"]["rows"]

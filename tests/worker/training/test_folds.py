"""Which row is in which fold."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from tests.worker.training.test_fit import pictures
from worker.data.dataset import Dataset, Split
from worker.errors import InvalidParameter
from worker.nn.arrays import Array
from worker.training.folds import Pool, evened, per_class_without_folds
from worker.training.plan import Folds


def chance(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)


def pool(labels: Sequence[int], same: Sequence[int] | None = None, validation: int = 0) -> Pool:
    """Rows of these classes, the last of which are to validate; all are others, unless it is
    said."""
    rows = np.arange(len(labels))
    split = (rows >= len(labels) - validation).astype(int)
    names = [str(label) for label in range(max(labels) + 1)]
    return Pool(names, split, rows, np.array(labels), rows if same is None else np.array(same))


def counts(folds: Array, of: Array, count: int) -> list[int]:
    return [int((folds[of] == fold).sum()) for fold in range(count)]


@pytest.mark.parametrize("count", [2, 3, 5, 7])
def test_every_fold_has_as_many_rows_of_each_class_and_split_but_for_one(count: int) -> None:
    rows = pool([0] * 23 + [1] * 31 + [2] * 8 + [0] * 9 + [1] * 4, validation=13)
    folds = rows.folds(count, chance())
    for split in (0, 1):
        for label in range(3):
            found = counts(folds, (rows.split == split) & (rows.labels == label), count)
            assert max(found) - min(found) <= 1
    in_all = counts(folds, rows.labels >= 0, count)
    assert max(in_all) - min(in_all) <= 1


def test_chance_decides_and_nothing_else() -> None:
    rows = pool([0, 1] * 20)
    assert (rows.folds(4, chance()) == rows.folds(4, chance())).all()
    assert (rows.folds(4, chance()) != rows.folds(4, chance(2))).any()


def test_rows_that_are_the_same_stay_together_also_over_splits() -> None:
    same = [0, 0, 0, 0, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 0, 4]
    rows = pool([0] * 16, same, validation=2)
    folds = rows.folds(4, chance())
    assert len({*folds[[0, 1, 2, 3, 14]]}) == len({*folds[[4, 15]]}) == 1
    assert max(counts(folds, rows.labels == 0, 4)) == 5


def test_too_few_different_rows_of_a_class_are_refused_with_the_numbers() -> None:
    with pytest.raises(InvalidParameter, match=r"at least 3 different .* got 2 of '1'") as refused:
        pool([0] * 5 + [1] * 5, [*range(5), 5, 5, 5, 8, 8]).folds(3, chance())
    assert refused.value.pointer == "/folds"
    with pytest.raises(InvalidParameter, match="got 2 of '0'"):  # rows to validate do not count
        pool([0] * 5, validation=3).folds(3, chance())


def test_rows_are_the_same_by_their_bytes_and_their_class() -> None:
    dataset = pictures(rows=12)
    x = dataset.train.x.copy()
    x[[2, 4, 5]] = x[0]  # the third is of the other class
    own = Split.whole(x[[0, 7]], dataset.train.y[[0, 7]])
    dataset.splits.update(train=Split.whole(x, dataset.train.y), validation=own)
    found = Pool.of(dataset)
    assert found.split.tolist() == [0] * 12 + [1] * 2
    assert found.row.tolist() == [*range(12), 0, 1]
    assert found.same[[0, 2, 4, 12]].tolist() == [0] * 4
    assert found.same[7] == found.same[13] != found.same[5]


def test_of_features_the_mirrored_rows_are_no_rows_of_their_own() -> None:
    dataset = pictures(rows=12)
    x = np.random.default_rng(1).normal(size=(24, 3)).astype("float32")
    rows = Split(x, dataset.train.y, np.arange(12))
    features: Dataset = replace(dataset, splits={**dataset.splits, "train": rows}, mirrored=True)
    assert Pool.of(features).row.tolist() == [*range(12)]


def test_single_rows_fill_up_what_is_low() -> None:
    own, total = np.array([5, 1, 0, 1]), np.array([9, 9, 9, 1])
    assert evened(own, total, 4).tolist() == [0, 1, 2, 1]
    assert evened(own, total, 5).tolist() == [0, 1, 2, 2]  # the one with fewer in all
    assert evened(own, total, 0).tolist() == [0, 0, 0, 0]


def test_how_many_rows_a_training_has_is_known_beforehand() -> None:
    per_class = [13, 20]
    rows = pool([0] * 13 + [1] * 20)
    folds = rows.folds(5, chance())
    known = [*per_class_without_folds(Folds(5, 1), per_class)]
    for fold, without in enumerate(known):
        assert np.bincount(rows.labels[folds != fold]).tolist() == without
    assert [*per_class_without_folds(None, per_class)] == []

from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from worker.data.augment import Augmentation, changes
from worker.data.batches import Batches, Batching, balanced_weights
from worker.data.dataset import Split
from worker.nn.engines.batch import UNCHANGED, Rows

ROWS = 50
STORED = np.random.default_rng(0).integers(0, 256, (2 * ROWS, 2, 3, 1), dtype=np.uint8)
CLASSES = np.arange(2 * ROWS) % 3
INDEX = np.random.default_rng(1).permutation(2 * ROWS)[:ROWS]
SPLIT = Split(STORED, CLASSES[INDEX], INDEX)
CHANGING: dict[str, Any] = {"augmentation": Augmentation(flip=True, shift=1, zoom=0.5)}


def made(split: Split = SPLIT, **fields: Any) -> Batches:
    return Batches(Batching(**{"size": 16, "seed": 1, **fields}), split, 3)


def same(a: Rows, b: Rows) -> bool:
    return all(
        np.array_equal(getattr(a, name), getattr(b, name)) for name in ("order", "changes", "keys")
    )


@pytest.mark.parametrize("size", [1, 7, 16, 49, 50, 51, None])
def test_the_batches_of_an_epoch_have_every_row_once(size: int | None) -> None:
    batches = made(size=size)
    counts = [batches.of_step(step) for step in range(batches.steps)]
    assert sum(counts) == batches.rows == ROWS
    assert {*counts[:-1]} <= {batches.size}
    assert 1 <= counts[-1] <= batches.size
    assert sorted(batches.epoch(0).order) == sorted(INDEX)


def test_every_row_of_an_epoch_has_its_own_label() -> None:
    rows = made().epoch(0)
    assert (rows.x[rows.order] == STORED[rows.order].reshape(ROWS, -1)).all()
    assert (rows.labels[rows.order] == CLASSES[rows.order]).all()


def test_the_samples_cannot_be_changed_and_stay_where_they_are() -> None:
    rows = made().epoch(0)
    assert np.shares_memory(rows.x, STORED)
    with pytest.raises(ValueError, match="read-only"):
        rows.x[0] = 0
    assert STORED.flags.writeable


EVERYTHING: dict[str, Any] = {**CHANGING, "dropouts": 2}


@pytest.mark.parametrize("size", [16, None])
def test_every_epoch_has_an_order_changes_and_keys_of_its_own(size: int | None) -> None:
    batches = made(size=size, **EVERYTHING)
    first, second = batches.epoch(0), batches.epoch(1)
    assert (first.order != second.order).any()
    assert (first.changes != second.changes).any()
    assert {*first.keys}.isdisjoint(second.keys)


def test_an_epoch_is_the_same_whatever_was_taken_before() -> None:
    batches = made(**EVERYTHING)
    batches.epoch(1)
    assert same(batches.epoch(2), made(**EVERYTHING).epoch(2))


def test_another_seed_means_another_epoch() -> None:
    assert (made(seed=1).epoch(0).order != made(seed=2).epoch(0).order).any()


@pytest.mark.parametrize("added", EVERYTHING.items(), ids=EVERYTHING)
def test_neither_changes_nor_dropout_change_the_order(added: tuple[str, Any]) -> None:
    plain, more = made(), made(**dict([added]))
    assert (plain.epoch(3).order == more.epoch(3).order).all()


def test_every_picture_of_an_epoch_is_changed_as_its_key_says() -> None:
    batches = made(**CHANGING)
    found = batches.epoch(3).changes
    assert batches.changed
    assert (found == changes(CHANGING["augmentation"], (2, 3, 1), ROWS, seed=1, epoch=3)).all()


@pytest.mark.parametrize("dtype", ["uint8", "float32"])
def test_rows_of_a_table_are_never_changed(dtype: str) -> None:
    split = Split(STORED.reshape(2 * ROWS, 6).astype(dtype), SPLIT.y, SPLIT.index)
    batches = made(split, **CHANGING)
    assert not batches.changed
    assert (batches.epoch(0).changes == UNCHANGED).all()


@pytest.mark.parametrize("pictures", [False, True])
def test_batches_know_whether_the_network_wants_pictures(pictures: bool) -> None:
    assert made(pictures=pictures).form["pictures"] == pictures


def test_every_dropout_has_a_key() -> None:
    assert len({*made(dropouts=3).epoch(0).keys}) == 3


@pytest.mark.parametrize(
    ("fields", "unchanging"),
    [
        ({"size": None}, True),
        ({"size": ROWS}, True),
        ({"size": ROWS - 1}, False),
        ({"size": None, "augmentation": Augmentation(flip=True)}, False),
        ({"size": None, "augmentation": Augmentation(cutout=0.1)}, False),
    ],
)
def test_all_rows_in_one_batch_need_no_order_unless_pictures_change(
    fields: dict[str, Any], unchanging: bool
) -> None:
    batches = made(**fields)
    assert batches.unchanging == unchanging
    assert (batches.epoch(0).order == INDEX).all() == unchanging


def test_in_order_all_rows_come_as_they_are() -> None:
    rows = made(balanced=True, **EVERYTHING).in_order()
    assert (rows.order == INDEX).all()
    assert (rows.changes == UNCHANGED).all()
    assert rows.weights.tolist() == [1, 1, 1]


def test_without_class_weights_every_row_counts_once() -> None:
    assert made().epoch(0).weights.tolist() == [1, 1, 1]


def test_balanced_classes_weigh_the_same_and_a_row_1_in_the_mean() -> None:
    counts = [5, 1, 30]
    y = np.repeat([0, 1, 2], counts)
    weights = balanced_weights(y, 3)
    assert_allclose(weights * counts, 12)
    assert weights[y].mean() == pytest.approx(1)


def test_a_class_without_rows_changes_no_others_weight() -> None:
    weights = balanced_weights(np.array([0, 0, 2]), 3)
    assert_allclose(weights[[0, 2]], [0.75, 1.5])


def test_an_epoch_has_the_weights_of_the_rows_that_are_trained_on() -> None:
    split = Split(STORED, (np.arange(ROWS) % 5 == 0) * 2, INDEX)
    rows = made(split, balanced=True).epoch(0)
    assert_allclose(rows.weights[[0, 2]], [ROWS / 80, ROWS / 20])

from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from worker.data import batches
from worker.data.batches import Batch, Batches, class_weights, spaced
from worker.data.dataset import Split
from worker.nn.losses import loss_for
from worker.nn.normalization import none
from worker.spec import JobSpec

ROWS = 50
SPLIT = Split.whole(
    np.random.default_rng(0).integers(0, 256, (ROWS, 2, 3, 1), dtype=np.uint8), np.arange(ROWS) % 3
)


def spec_of(**fields: Any) -> JobSpec:
    return JobSpec.model_validate({"dataset": "ds_" + "0" * 32, "batch_size": 16, **fields})


def made(split: Split = SPLIT, **fields: Any) -> Batches:
    spec = spec_of(**fields)
    normal = none(split.x[0]).astype(spec.precision)
    return Batches(spec, split, normal, loss_for(3), 3)


def flat(found: list[Batch]) -> list[list[float]]:
    return [row.ravel().tolist() for batch in found for row in batch.inputs]


def same(a: list[Batch], b: list[Batch]) -> bool:
    return flat(a) == flat(b) and all(
        (x.labels == y.labels).all() for x, y in zip(a, b, strict=True)
    )


@pytest.mark.parametrize("size", [1, 7, 16, 49, 50, 51, "all"])
def test_an_epoch_has_every_row_once_with_its_own_label(size: int | str) -> None:
    epoch = made(batch_size=size)
    found = list(epoch.epoch(0))
    assert len(found) == epoch.steps
    seen = [(*row, label) for row, label in zip(flat(found), labels(found), strict=True)]
    expected = zip(SPLIT.x.reshape(ROWS, -1).tolist(), SPLIT.y.tolist(), strict=True)
    assert sorted(seen) == sorted((*row, label) for row, label in expected)


def labels(found: list[Batch]) -> list[int]:
    return [int(label) for batch in found for label in batch.labels]


def test_targets_are_those_of_the_labels() -> None:
    for batch in made().epoch(0):
        assert (batch.targets == np.eye(3)[batch.labels]).all()


def test_every_epoch_has_an_order_of_its_own() -> None:
    epochs = made()
    assert not same(list(epochs.epoch(0)), list(epochs.epoch(1)))
    assert same(list(epochs.epoch(1)), list(made().epoch(1)))


@pytest.mark.parametrize("augmentation", [{}, {"flip": True, "shift": 1}])
@pytest.mark.parametrize("start", [0, 1, 3])
def test_an_epoch_taken_up_at_a_step_goes_on_as_it_would_have(
    augmentation: dict[str, Any], start: int
) -> None:
    whole = list(made(augmentation=augmentation).epoch(2))
    assert same(list(made(augmentation=augmentation).epoch(2, start)), whole[start:])


def test_changed_pictures_keep_their_labels() -> None:
    plain, changed = made(), made(augmentation={"flip": True, "shift": 1})
    assert labels(list(plain.epoch(0))) == labels(list(changed.epoch(0)))
    assert flat(list(plain.epoch(0))) != flat(list(changed.epoch(0)))


def test_all_rows_in_one_batch_are_changed_anew_in_every_epoch() -> None:
    epochs = made(batch_size="all", augmentation={"flip": True})
    assert not same(list(epochs.epoch(0)), list(epochs.epoch(1)))


def test_in_order_all_rows_come_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "PIECE", 20)
    found = list(made(augmentation={"flip": True, "shift": 1}).in_order())
    assert [len(batch.labels) for batch in found] == [20, 20, 10]
    assert flat(found) == SPLIT.x.reshape(ROWS, -1).tolist()
    assert labels(found) == SPLIT.y.tolist()


@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_all_numbers_are_of_the_specs_precision(precision: str) -> None:
    for batch in made(precision=precision, class_weights="balanced").epoch(0):
        kinds = {batch.inputs.dtype, batch.targets.dtype, np.asarray(batch.weights).dtype}
        assert kinds == {np.dtype(precision)}


def test_without_class_weights_every_row_counts_once() -> None:
    assert [batch.weights for batch in made().epoch(0)] == [1, 1, 1, 1]


def test_balanced_classes_weigh_the_same_and_a_row_1_in_the_mean() -> None:
    counts = [5, 1, 30]
    y = np.repeat([0, 1, 2], counts)
    weights = class_weights(spec_of(class_weights="balanced"), y, 3)
    assert_allclose(weights * counts, 12)
    assert weights[y].mean() == pytest.approx(1)


def test_a_class_without_rows_changes_no_others_weight() -> None:
    weights = class_weights(spec_of(class_weights="balanced"), np.array([0, 0, 2]), 3)
    assert_allclose(weights[[0, 2]], [0.75, 1.5])


def test_a_batch_has_the_weights_of_its_rows() -> None:
    split = Split.whole(SPLIT.x, (np.arange(ROWS) % 5 == 0).astype(int) * 2)
    for batch in made(split, class_weights="balanced").epoch(0):
        expected = np.where(batch.labels == 2, ROWS / 20, ROWS / 80)
        assert_allclose(batch.weights, expected[:, None])


@pytest.mark.parametrize("shape", [(3, 4), (3, 2, 2, 3), (1, 1)])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_rows_lie_apart_but_each_in_one_piece(shape: tuple[int, ...], dtype: str) -> None:
    rows = spaced(shape, np.dtype(dtype))
    assert (rows.shape, rows.dtype) == (shape, np.dtype(dtype))
    assert rows[0].flags.c_contiguous
    assert rows.strides[0] >= rows[0].nbytes + 64

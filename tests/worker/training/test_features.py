"""Networks learn from the features that a backbone has made of pictures."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from tests.worker.training.test_fit import plan_of, run
from tests.worker.training.test_tables import table
from worker.data.dataset import Dataset, Split
from worker.errors import InvalidParameter
from worker.training.fit import moments, normalization_of
from worker.training.sizes import Sizes


def features(mirrored: bool = False) -> Dataset:
    """Of pictures whose class shows in the first feature; one is always 3, and one always 0."""
    found = table(rows=90)
    splits = {name: replace(split, x=uneven(split.x)) for name, split in found.splits.items()}
    if mirrored:
        x = np.r_[splits["train"].x, splits["train"].x + np.float32(0.5)]
        splits["train"] = replace(splits["train"], x=x)
    kind: dict[str, object] = {"kind": "picture"}
    return replace(found, splits=splits, preprocessing=kind, mirrored=mirrored)


def uneven(x: np.ndarray) -> np.ndarray:
    found = (x * [5, 0.1, 1, 0, 0] + [10, 0, -3, 3, 0]).astype(np.float32)
    return found


@pytest.mark.parametrize("hidden", [[], [8]])
def test_features_are_learned(hidden: list[int]) -> None:
    network, optimizer = {"hidden_units": hidden}, {"kind": "adam", "learning_rate": 0.05}
    trained, _ = run(features(), network=network, optimizer=optimizer, epochs=40)
    assert trained.result["test"]["accuracy"] > 0.9
    assert trained.fold_difference < 1e-4


def test_features_are_standardized_by_the_training_rows() -> None:
    dataset = features()
    shift, factor = normalization_of(plan_of(dataset), dataset.train, threads=1)
    assert_allclose(shift, dataset.train.x.mean(axis=0, dtype="float64"), rtol=1e-12, atol=1e-12)
    assert_allclose(factor[:3], 1 / dataset.train.x[:, :3].std(axis=0, dtype="float64"), rtol=1e-9)
    assert_array_equal(factor[3:], 0)  # what never changes says nothing


def test_moments_of_floats_are_those_of_the_rows_alone() -> None:
    x = np.random.default_rng(1).normal(size=(70_000, 9)).astype(np.float32)
    rows = Split(x, np.zeros(100, "int64"), np.arange(5, 69_905, 699))
    found = moments(rows, threads=2)
    assert found.rows == 100
    assert_allclose(found.sums, x[rows.index].sum(axis=0, dtype="float64"))
    assert_allclose(found.squares, np.square(x[rows.index].astype("float64")).sum(axis=0))


def test_features_are_not_scaled_as_pixels_are() -> None:
    with pytest.raises(InvalidParameter, match="features") as refused:
        plan_of(features(), normalization="scale")
    assert refused.value.pointer == "/normalization"


def test_mirrored_pictures_are_learned_too_and_not_measured() -> None:
    dataset = features(mirrored=True)
    trained, epochs = run(dataset, batch_size=10, epochs=2)
    assert [epoch.step for epoch in epochs] == [18, 36]
    assert trained.result["train"]["rows"] == 90


def test_a_mirrored_picture_is_kept_out_together_with_its_own() -> None:
    train = features(mirrored=True).train
    rows, kept_out = train.divided(0.2, seed=1)
    learned = rows.with_mirrored()
    assert len(learned) == 2 * len(rows)
    assert_array_equal(learned.y, [*rows.y, *rows.y])
    assert not {*learned.index % 90} & {*kept_out.index}
    assert_allclose(learned.samples(slice(len(rows), None)), rows.samples(slice(None)) + 0.5)


def test_flips_of_features_are_rows_to_the_memory_of_a_job() -> None:
    once, twice = (Sizes(plan_of(features(mirrored)), 1, False) for mirrored in (False, True))
    assert (once.learned, twice.learned) == (90, 180)
    flipped = plan_of(features(mirrored=True), augmentation={"flip": True})
    assert not Sizes(flipped, 1, False).changing

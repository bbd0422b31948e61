"""Networks learn from rows of a table, float32, as they learn from pixels."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from tests.worker.training.test_fit import ID, plan_of, run
from tests.worker.training.watching import RecordingWatcher
from worker.data.dataset import Dataset, Split, block_rows
from worker.errors import InvalidParameter
from worker.spec import JobSpec
from worker.training import build
from worker.training.fit import normalization_of, train
from worker.training.memory_estimate import answering
from worker.training.problem import Problem
from worker.training.sizes import Sizes


def table(rows: int = 90, classes: int = 3, seed: int = 0) -> Dataset:
    """Rows of numbers whose class shows in the first of them."""
    rng = np.random.default_rng(seed)
    y = np.arange(rows) % classes
    x = rng.normal(size=(rows, 5)).astype(np.float32)
    x[:, 0] = 2 * y - classes + 1 + 0.3 * x[:, 0]
    names = [str(k) for k in range(classes)]
    test = Split.whole(x[: rows // 3], y[: rows // 3])
    splits = {"train": Split.whole(x, y), "test": test}
    return Dataset(ID, "sha256:0", names, [5], {"kind": "table"}, splits)


@pytest.mark.parametrize("batch_size", [16, "all"])
@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_a_table_is_learned(precision: str, batch_size: int | str) -> None:
    fields = {"optimizer": {"kind": "adam", "learning_rate": 0.05}, "validation_fraction": 0.2}
    trained, epochs = run(table(), precision=precision, batch_size=batch_size, epochs=60, **fields)
    assert trained.result["test"]["accuracy"] > 0.9
    assert epochs[-1].loss < epochs[0].loss / 2


def test_a_table_is_learned_the_same_by_any_threads() -> None:
    spec = JobSpec.model_validate({"dataset": ID, "epochs": 3, "batch_size": 64})
    wide = table(rows=300)
    wide = replace(wide, splits={n: tiled(split, 200) for n, split in wide.splits.items()})
    wide = replace(wide, shape=[1000])
    alone, together = (train(spec, wide, RecordingWatcher(), threads=n) for n in (1, 3))
    for name, tensor in alone.tensors.items():
        assert_array_equal(together.tensors[name], tensor)


def tiled(split: Split, times: int) -> Split:
    return replace(split, x=np.tile(split.x, times))


def test_a_table_is_not_scaled_as_pixels_are() -> None:
    with pytest.raises(InvalidParameter, match="standardize, center or none") as refused:
        plan_of(table(), normalization="scale")
    assert refused.value.pointer == "/normalization"


@pytest.mark.parametrize("normalization", ["standardize", "none"])
def test_the_rows_of_a_table_are_taken_as_its_import_has_left_them(normalization: str) -> None:
    dataset = table()
    plan = plan_of(dataset, normalization=normalization)
    shift, factor = normalization_of(plan, dataset.train, threads=1)
    assert not shift.any() and (factor == 1).all()


def test_the_memory_of_a_job_counts_four_bytes_for_a_number_of_a_table() -> None:
    spec = JobSpec.model_validate({"dataset": ID, "network": {"hidden_units": []}})
    shape, rows = (100_000,), {"train": 500, "test": 500}
    pixels, floats = (
        answering(Sizes(build.plan(spec, Problem(shape, 2, rows, dtype)), 1, False), 500)
        for dtype in ("uint8", "float32")
    )
    assert floats - pixels == 3 * block_rows(100_000) * 100_000

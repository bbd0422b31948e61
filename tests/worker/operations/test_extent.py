"""Networks that are too large, and batches that are too small."""

import re
from typing import Any

import numpy as np
import pytest

from worker.data.dataset import Split
from worker.errors import InvalidParameter, LimitExceeded
from worker.operations.extent import check_batches, check_size, learned
from worker.settings import Settings
from worker.spec import JobSpec
from worker.training import build
from worker.training.plan import Plan
from worker.training.problem import Problem

DATASET = "ds_" + "0" * 32
ROWS_NORMALIZED = {
    "kind": "layers",
    "layers": [{"kind": "dense", "units": 4}, {"kind": "batch_norm"}],
}
AT_ONE_PLACE = {
    "kind": "convolutional",
    "blocks": [{"filters": 4}, {"filters": 5}, {"filters": 6, "pool": None}],
}


def planned(
    network: dict[str, Any], shape: tuple[int, ...] = (4, 4, 3), rows: int = 33, **fields: Any
) -> Plan:
    spec = JobSpec.model_validate({"dataset": DATASET, "network": network, **fields})
    return build.plan(spec, Problem(shape, 2, {"train": rows}))


@pytest.mark.parametrize(
    ("fields", "came"),
    [
        ({"batch_size": 1}, "got one row."),
        ({"batch_size": 32}, "got one row behind 32 in batches of 32."),
        ({"batch_size": 16}, "got one row behind 32 in batches of 16."),
    ],
)
def test_a_batch_of_one_row_is_refused_where_it_has_no_variance(
    fields: dict[str, Any], came: str
) -> None:
    with pytest.raises(InvalidParameter) as refused:
        check_batches(planned(AT_ONE_PLACE, **fields), [20, 13])
    assert came in str(refused.value)
    assert "at which pictures of 1 × 1 × 6 arrive" in str(refused.value)
    assert refused.value.pointer == "/network/blocks/2"


def test_of_rows_a_batch_normalization_is_named_by_its_place() -> None:
    plan = planned(ROWS_NORMALIZED, (7,), batch_size=8)
    with pytest.raises(InvalidParameter, match="at which rows of 4 numbers arrive") as refused:
        check_batches(plan, [20, 13])
    assert refused.value.pointer == "/network/layers/1"


@pytest.mark.parametrize(
    ("network", "shape", "fields"),
    [
        (AT_ONE_PLACE, (4, 4, 3), {"batch_size": 31}),
        (AT_ONE_PLACE, (4, 4, 3), {"batch_size": "all"}),
        (AT_ONE_PLACE, (8, 8, 3), {"batch_size": 1}),
        (AT_ONE_PLACE, (4, 4, 3), {"batch_size": 32, "validation_fraction": 0.2}),
        ({"hidden_units": [4]}, (4, 4, 3), {"batch_size": 1}),
    ],
)
def test_batches_that_have_a_variance_are_taken(
    network: dict[str, Any], shape: tuple[int, ...], fields: dict[str, Any]
) -> None:
    check_batches(planned(network, shape, **fields), [20, 13])


@pytest.mark.parametrize("fraction", [0.0, 0.1, 0.5, 0.9])
@pytest.mark.parametrize("per_class", [(1, 1), (2, 9), (20, 13)])
def test_rows_that_are_learned_are_counted_as_they_are_divided(
    per_class: tuple[int, int], fraction: float
) -> None:
    y = np.repeat([0, 1], per_class)
    split = Split(np.zeros((len(y), 2)), y, np.arange(len(y)))
    kept = len(split.divided(fraction, 1)[0]) if fraction else len(split)
    assert learned(per_class, fraction) == kept


def test_too_many_parameters_are_refused_with_the_layer_that_has_most() -> None:
    network = {"kind": "convolutional", "blocks": [{"filters": 4}, {"filters": 64}]}
    with pytest.raises(LimitExceeded) as refused:
        check_size(planned(network), Settings(max_parameters=1_000))
    told = "got 2,613, of which 2,304 are of the layer convolution that returns pictures of 2 × 2"
    assert told in str(refused.value)
    assert refused.value.pointer == "/network/blocks/1"


def test_too_much_memory_is_refused_with_the_layer_that_takes_most() -> None:
    network = {"kind": "convolutional", "blocks": [{"filters": 64}, {"filters": 8}]}
    plan = planned(network, (64, 64, 3), batch_size=32)
    with pytest.raises(LimitExceeded) as refused:
        check_size(plan, Settings(max_job_bytes=10**8))
    # The convolution's result, and on the way back: 32 rows of 64 × 64 × 64 numbers each.
    told = re.search("of which about ([0-9,]+) are of the layer convolution", str(refused.value))
    assert told is not None
    assert int(told[1].replace(",", "")) == pytest.approx(2 * 32 * 64**3 * 4, rel=0.05)
    assert refused.value.pointer == "/network/blocks/0"


def test_what_is_within_the_limits_is_taken() -> None:
    check_size(planned(AT_ONE_PLACE), Settings())

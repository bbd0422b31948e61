"""What steps are estimated to need: of each layer what it keeps of a batch."""

from typing import Any

import pytest

from worker.spec import JobSpec
from worker.training import build
from worker.training.memory_estimate import at_a_time, needed
from worker.training.memory_of_steps import BACK, FORWARD, costliest, learning, passing, sample
from worker.training.network_plan import LAYERS
from worker.training.problem import Problem
from worker.training.sizes import Sizes

DATASET = "ds_" + "0" * 32


def sizes(network: dict[str, Any], shape: tuple[int, ...] = (8, 8, 3), **fields: Any) -> Sizes:
    spec = JobSpec.model_validate({"dataset": DATASET, "network": network, **fields})
    return Sizes(build.plan(spec, Problem(shape, 2, {"train": 1_000})), 1, checked=False)


def listed(*layers: dict[str, Any]) -> dict[str, Any]:
    return {"kind": "layers", "layers": [*layers]}


CONVOLUTION = {"kind": "convolution", "filters": 20}
AVERAGE = {"kind": "global_average_pool"}


def test_every_kind_of_layer_is_counted() -> None:
    assert FORWARD.keys() == BACK.keys() == LAYERS.keys()


def test_a_picture_is_a_row_for_each_place_padded_to_lines() -> None:
    assert sample(4, (5, 3, 17)) == 5 * 3 * 32 * 4
    assert sample(4, (17,)) == 32 * 4


@pytest.mark.parametrize(
    ("layer", "kept"),
    [
        ({"kind": "activation", "activation": "tanh"}, 2 * 64),
        ({"kind": "activation", "activation": "relu"}, 64),  # where its input is written
        ({"kind": "batch_norm"}, 2 * 64),
        ({"kind": "dropout"}, 2 * 64),
        ({"kind": "max_pool"}, 2 * 16),
        ({"kind": "convolution", "filters": 1}, 2 * 64 + 10 * 11),  # and what it pads
        ({"kind": "convolution", "filters": 1, "kernel": 1}, 2 * 64),
        ({"kind": "residual", "layers": [{"kind": "activation"}]}, (2 + 2) * 64),
    ],
)
def test_a_layer_more_keeps_what_it_returns_for_the_way_back(
    layer: dict[str, Any], kept: int
) -> None:
    """In lines of 64 bytes for each row of a batch: one for each place, of 16 channels at most."""
    first = {"kind": "convolution", "filters": 16}
    more = passing(sizes(listed(first, layer, AVERAGE), batch_size=40))
    assert more - passing(sizes(listed(first, AVERAGE), batch_size=40)) == 40 * 64 * kept


def test_a_larger_batch_takes_more_and_the_largest_phase_counts() -> None:
    network = {"kind": "convolutional", "blocks": [{"filters": 64, "convolutions": 4}]}
    small, large = (needed(sizes(network, (64, 64, 3), batch_size=n)) for n in (32, 64))
    # Of four convolutions with what follows each, and what three of them pad, for the rows that are
    # left over too.
    held = 32 * 64 * 64 * 64 * 4 * (4 * (2 + 2 + 1) + 2 * 3)
    assert large - small == pytest.approx(held, rel=0.05)


def test_averaged_weights_are_there_once_more() -> None:
    network = listed(CONVOLUTION, AVERAGE)
    once = learning(sizes(network)) - learning(sizes(network, optimizer={"kind": "sgd"}))
    averaged = learning(sizes(network, average_weights=0.99)) - learning(sizes(network))
    assert averaged == once / 2  # Adam has two moments of each parameter


def test_the_layer_that_takes_most_is_named() -> None:
    layer, cost = costliest(sizes(listed(CONVOLUTION, {"kind": "batch_norm"}, AVERAGE)))
    assert (layer.pointer, layer.kind) == ("/network/layers/0", "convolution")
    batch, kernels, biases = 64 * 8 * 8 * 32 * 4, 32 * 32 * 4, 32 * 4
    padded = 64 * 10 * 48 * 4
    assert cost == 2 * batch + padded + 4 * (kernels + biases)


@pytest.mark.parametrize(
    ("layer", "numbers"),
    [
        ({"kind": "activation", "activation": "gelu"}, 5 * 192),
        ({"kind": "flatten"}, 0),
        ({"kind": "dropout"}, 0),
        ({"kind": "batch_norm"}, 192),
        ({"kind": "max_pool"}, 2 * 192 + 2 * 48),
    ],
)
def test_while_a_layer_answers_some_numbers_are_there(layer: dict[str, Any], numbers: int) -> None:
    job = sizes(listed(layer, {"kind": "flatten"}))
    assert at_a_time(job, job.plan.network.layers[0]) == numbers

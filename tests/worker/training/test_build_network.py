"""From each kind of network to its layers, and what is refused for the shape that arrives."""

from typing import Any

import numpy as np
import pytest

from worker.errors import InvalidParameter
from worker.spec import JobSpec
from worker.training import build
from worker.training.network_plan import NetworkPlan
from worker.training.problem import Problem

DATASET = "ds_" + "0" * 32
CONVOLUTION = {"kind": "convolution", "filters": 8}
POOL = {"kind": "max_pool"}


def built(
    network: dict[str, Any], shape: tuple[int, ...] = (16, 16, 3), classes: int = 2
) -> NetworkPlan:
    spec = JobSpec.model_validate({"dataset": DATASET, "network": network})
    return build.plan(spec, Problem(shape, classes, {"train": 10})).network


def kinds(network: NetworkPlan) -> list[str]:
    return [layer.kind for layer in network.layers]


BLOCKS = [
    {"filters": 4, "convolutions": 2},
    {"filters": 6, "pool": "average"},
    {"filters": 8, "pool": None},
]


def test_blocks_become_convolutions_and_pools() -> None:
    network = built({"kind": "convolutional", "blocks": BLOCKS})
    once = ["convolution", "batch_norm", "activation"]
    assert kinds(network) == [
        *(*once, *once, "max_pool"),
        *(*once, "average_pool"),
        *(*once, "global_average_pool", "dense"),
    ]
    assert network.layers[-2].arrives == (4, 4, 8)
    assert "b1" not in network.names  # a batch normalization takes it away again


def test_without_batch_normalization_convolutions_have_biases() -> None:
    network = built({"kind": "convolutional", "blocks": BLOCKS, "batch_norm": False})
    assert "batch_norm" not in kinds(network)
    assert network.names[:4] == ("W1", "b1", "W2", "b2")


def test_a_head_may_have_dense_layers_each_behind_a_dropout() -> None:
    network = built(
        {
            "kind": "convolutional",
            "blocks": [{"filters": 4}],
            "head": "flatten",
            "hidden_units": [9],
            "dropout": 0.3,
        },
        classes=5,
    )
    head = ["flatten", "dropout", "dense", "activation", "dropout", "dense"]
    assert kinds(network)[-6:] == head
    assert [layer.returns for layer in network.layers[-6:]] == [
        *((256,), (256,), (9,), (9,), (9,), (5,))
    ]
    assert network.dropouts == 2


def test_layers_stand_in_the_order_of_their_list() -> None:
    listed: list[dict[str, Any]] = [
        {"kind": "convolution", "filters": 4, "kernel": 5, "stride": 2, "bias": False},
        {"kind": "batch_norm", "decay": 0.5, "eps": 0.1},
        {"kind": "activation", "activation": "tanh"},
        {"kind": "residual", "layers": [{"kind": "depthwise_convolution"}, CONVOLUTION]},
        {"kind": "average_pool", "kernel": 3, "stride": 3, "padding": "same"},
        {"kind": "dropout", "rate": 0.25},
        {"kind": "flatten"},
        {"kind": "dense", "units": 7},
    ]
    network = built({"kind": "layers", "layers": listed}, classes=3)
    assert kinds(network) == [*(each["kind"] for each in listed), "dense"]
    shapes = [(8, 8, 4)] * 3 + [(8, 8, 8), (3, 3, 8), (3, 3, 8), (72,), (7,), (3,)]
    assert [layer.returns for layer in network.layers] == shapes
    logits = network.start("float64").logits(np.ones((2, 16, 16, 3)))
    assert logits.shape == (2, 3)


REFUSED: list[tuple[dict[str, Any], tuple[int, ...], str, str]] = [
    (
        {"kind": "convolutional"},
        (7,),
        "/network/blocks/0",
        "Expected pictures for the layer convolution, got rows of 7 numbers.",
    ),
    (
        {"kind": "convolutional", "blocks": [{"filters": 4}] * 5},
        (16, 16, 3),
        "/network/blocks/4/pool",
        "Expected pictures of at least 2 × 2 for the layer max_pool, got pictures of 1 × 1 × 4.",
    ),
    (
        {"kind": "layers", "layers": [POOL, CONVOLUTION | {"kernel": 9, "padding": "valid"}]},
        (16, 16, 3),
        "/network/layers/1",
        "Expected pictures of at least 9 × 9 for the layer convolution, got pictures of 8 × 8 × 3.",
    ),
    (
        {"kind": "layers", "layers": [POOL, {"kind": "dense", "units": 3}]},
        (16, 16, 3),
        "/network/layers/1",
        "Expected rows for the layer dense, got pictures of 8 × 8 × 3.",
    ),
    (
        {"kind": "layers", "layers": [{"kind": "residual", "layers": [CONVOLUTION, POOL | {
            "kernel": 17}]}]},
        (16, 16, 3),
        "/network/layers/0/layers/1",
        "Expected pictures of at least 17 × 17 for the layer max_pool, got pictures of 16 × 16 × 8",
    ),
    (
        {"kind": "layers", "layers": [CONVOLUTION]},
        (16, 16, 3),
        "/network/layers",
        "Expected layers that return rows, for the logits, got pictures of 16 × 16 × 8.",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("network", "shape", "pointer", "told"), REFUSED)
def test_a_layer_that_the_samples_do_not_suit_is_refused_at_its_place(
    network: dict[str, Any], shape: tuple[int, ...], pointer: str, told: str
) -> None:
    with pytest.raises(InvalidParameter) as refused:
        built(network, shape)
    assert refused.value.pointer == pointer
    assert str(refused.value).startswith(told)


@pytest.mark.parametrize("shape", [(1, 1, 1), (2, 3, 4), (5, 1, 2)])
def test_small_pictures_suit_convolutions_that_reach_over_the_border(
    shape: tuple[int, ...],
) -> None:
    network = built({"kind": "convolutional", "blocks": [{"filters": 2, "pool": None}]}, shape)
    assert network.start("float32").logits(np.ones((2, *shape), "float32")).shape == (2, 1)


def test_layers_of_rows_need_no_picture() -> None:
    listed = [{"kind": "dense", "units": 4}, {"kind": "batch_norm"}, {"kind": "activation"}]
    network = built({"kind": "layers", "layers": listed}, (7,))
    assert network.names == ("W1", "b1", "gamma2", "beta2", "W3", "b3")
    assert not network.pictures

"""The three ways to describe a network: their defaults, and what each refuses."""

from typing import Any, get_args

import pytest
from pydantic import TypeAdapter, ValidationError

from worker.nn.activations import ACTIVATIONS
from worker.nn.initializers import INITIALIZERS
from worker.spec import (
    MOST_LAYERS,
    ConvolutionalSpec,
    DenseSpec,
    JobSpec,
    LayersSpec,
    NetworkSpec,
)
from worker.spec.layers import Activation, LayerSpec
from worker.training.build_network import NETWORKS
from worker.training.network_plan import LAYERS

DATASET = "ds_" + "0" * 32
CONVOLUTION = {"kind": "convolution", "filters": 8}
RESIDUAL = {"kind": "residual", "layers": [CONVOLUTION, {"kind": "dropout", "rate": 0.4}]}


def read(network: Any) -> Any:
    return JobSpec.model_validate({"dataset": DATASET, "network": network}).network


@pytest.mark.parametrize("network", [{}, {"hidden_units": [4]}, {"activation": "tanh"}])
def test_without_a_kind_a_network_is_dense(network: dict[str, Any]) -> None:
    assert read(network) == DenseSpec(**network)


def test_a_convolutional_network_needs_no_more_than_its_kind() -> None:
    network = read({"kind": "convolutional"})
    assert [block.filters for block in network.blocks] == [32, 64, 128]
    assert (network.kernel, network.batch_norm, network.head) == (3, True, "average")


def test_what_is_told_of_a_network_can_be_sent_again() -> None:
    for network in ({"kind": "convolutional"}, {"kind": "layers", "layers": [RESIDUAL]}):
        assert read(read(network).model_dump(mode="json")) == read(network)


@pytest.mark.parametrize(
    "network",
    [
        None,
        [],
        "dense",
        {"kind": "recurrent"},
        {"kind": "dense", "blocks": []},
        {"kind": "convolutional", "blocks": []},
        {"kind": "convolutional", "blocks": [{"filters": 1}] * 17},
        {"kind": "convolutional", "blocks": [{"convolutions": 2}]},
        {"kind": "convolutional", "blocks": [{"filters": 0}]},
        {"kind": "convolutional", "blocks": [{"filters": 4_097}]},
        {"kind": "convolutional", "blocks": [{"filters": 1, "convolutions": 5}]},
        {"kind": "convolutional", "blocks": [{"filters": 1, "pool": "sum"}]},
        {"kind": "convolutional", "kernel": 0},
        {"kind": "convolutional", "kernel": 32},
        {"kind": "convolutional", "head": "max"},
        {"kind": "convolutional", "hidden_units": [1] * 17},
        {"kind": "convolutional", "dropout": 1.0},
        {"kind": "convolutional", "initializer_scale": 2.0},
        {"kind": "layers"},
        {"kind": "layers", "layers": []},
        {"kind": "layers", "layers": [{"kind": "attention"}]},
        {"kind": "layers", "layers": [{"kind": "convolution"}]},
        {"kind": "layers", "layers": [CONVOLUTION | {"stride": 0}]},
        {"kind": "layers", "layers": [CONVOLUTION | {"padding": "full"}]},
        {"kind": "layers", "layers": [{"kind": "dense", "units": 65_537}]},
        {"kind": "layers", "layers": [{"kind": "dropout", "rate": 0.0}]},
        {"kind": "layers", "layers": [{"kind": "batch_norm", "decay": 1.0}]},
        {"kind": "layers", "layers": [{"kind": "batch_norm", "eps": 0.0}]},
        {"kind": "layers", "layers": [{"kind": "residual", "layers": []}]},
        {"kind": "layers", "layers": [{"kind": "residual", "layers": [RESIDUAL]}]},
        {"kind": "layers", "layers": [{"kind": "flatten"}], "initializer_scale": 2.0},
    ],
)
def test_a_network_that_cannot_be_meant_is_refused(network: Any) -> None:
    with pytest.raises(ValidationError):
        read(network)


@pytest.mark.parametrize(
    "layers",
    [
        [{"kind": "flatten"}] * 10_000,
        [{"kind": "residual", "layers": [{"kind": "flatten"}] * 32}] * 8,
    ],
)
def test_too_many_layers_are_refused(layers: list[dict[str, Any]]) -> None:
    with pytest.raises(ValidationError, match=str(MOST_LAYERS)):
        read({"kind": "layers", "layers": layers})


def test_as_many_layers_as_may_be_are_taken() -> None:
    layers = [{"kind": "residual", "layers": [{"kind": "flatten"}] * 31}] * 8
    assert len([*read({"kind": "layers", "layers": layers}).all_layers()]) == MOST_LAYERS


def test_of_layers_it_can_be_asked_what_other_networks_have_as_fields() -> None:
    network = read(
        {
            "kind": "layers",
            "layers": [
                RESIDUAL,
                {"kind": "activation", "activation": "tanh"},
                {"kind": "dense", "units": 5},
            ],
        }
    )
    assert (network.activation, network.hidden_units, network.dropout) == ("tanh", [5], 0.4)
    plain = read({"kind": "layers", "layers": [{"kind": "flatten"}]})
    assert (plain.activation, plain.hidden_units, plain.dropout) == ("identity", [], 0.0)


def kinds(union: Any) -> set[str]:
    schema = TypeAdapter(union).json_schema()
    return set(schema["discriminator"]["mapping"])


def test_every_kind_in_the_schema_is_built_and_no_other() -> None:
    assert kinds(LayerSpec) == set(LAYERS)
    fields = [network.model_fields["kind"] for network in NETWORKS]  # type: ignore[attr-defined]
    networks = {kind for field in fields for kind in get_args(field.annotation)}
    assert kinds(NetworkSpec) == networks


def test_every_word_in_the_schema_names_something_in_the_core() -> None:
    assert {*get_args(Activation)} == {*ACTIVATIONS}
    for network in (DenseSpec, ConvolutionalSpec, LayersSpec):
        words = network.model_json_schema()["properties"]["initializer"]["enum"]
        assert {*words} == {*INITIALIZERS}

"""A network before it is made: what others may know of it."""

from functools import partial

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from worker.nn.activations import ACTIVATIONS
from worker.nn.arrays import Purpose, generator
from worker.nn.initializers import INITIALIZERS, draw
from worker.nn.network import dense_network
from worker.training.layer_plan import MakePlan, in_a_row
from worker.training.layer_plans import (
    ActivationPlan,
    BatchNormPlan,
    DensePlan,
    DropoutPlan,
    FlattenPlan,
    GlobalAveragePlan,
)
from worker.training.network_plan import NetworkPlan
from worker.training.residual_plan import ResidualPlan
from worker.training.window_plans import ConvolutionPlan

RELU = partial(ActivationPlan, activation="relu")
CONVOLUTION = partial(ConvolutionPlan, kernel=3, filters=4)
CONVOLUTIONAL: list[MakePlan] = [
    partial(CONVOLUTION, bias=False),
    BatchNormPlan,
    RELU,
    partial(
        ResidualPlan, layers=(CONVOLUTION, BatchNormPlan, RELU, partial(CONVOLUTION, filters=6))
    ),
    GlobalAveragePlan,
    partial(DensePlan, units=2),
]


def planned(*layers: MakePlan, arrives: tuple[int, ...] = (5, 5, 3)) -> NetworkPlan:
    return NetworkPlan(in_a_row(arrives, layers), INITIALIZERS["he"], 1.0, 3)


def test_a_dense_network_starts_with_the_bytes_it_always_had() -> None:
    dense = partial(DensePlan, units=4), RELU, partial(DensePlan, units=2)
    found = planned(FlattenPlan, *dense).start("float32").params
    rng, expected = generator(3, Purpose.START), []
    for n_in, n_out in ((75, 4), (4, 2)):
        W = draw(rng, n_in, n_out, (2 / n_in) ** 0.5).astype("float32")  # noqa: N806
        expected += [W, np.zeros(n_out, "float32")]
    for a, b in zip(found, expected, strict=True):
        assert (a.tobytes(), a.strides, a.dtype) == (b.tobytes(), b.strides, b.dtype)


def test_arrays_have_the_names_of_the_documentation() -> None:
    network = planned(*CONVOLUTIONAL)
    assert network.names == (
        *("W1", "gamma2", "beta2"),
        *("W3.1", "b3.1", "gamma3.2", "beta3.2", "W3.3", "b3.3", "W3.shortcut"),
        *("W4", "b4"),
    )
    assert network.running_names == ("mean2", "variance2", "mean3.2", "variance3.2")


def test_arrays_come_from_one_generator_in_the_order_of_their_names() -> None:
    network, rng = planned(*CONVOLUTIONAL), generator(3, Purpose.START)
    tensors = dict(zip(network.names, network.start("float64").params, strict=True))
    for name in ("W1", "W3.1", "W3.3", "W3.shortcut", "W4"):
        W = tensors[name]  # noqa: N806
        *rest, last = W.shape
        n_in = int(np.prod(rest))
        assert_array_equal(W, draw(rng, n_in, last, (2 / n_in) ** 0.5).reshape(W.shape))


def test_a_network_of_named_arrays_answers_as_the_one_they_came_from() -> None:
    plan = planned(*CONVOLUTIONAL)
    network = plan.start("float64")
    for place, kept in enumerate(network.running):
        kept += place
    tensors = dict(zip(plan.names, network.params, strict=True))
    tensors |= zip(plan.running_names, network.running, strict=True)
    again, X = plan.network_of(tensors), np.random.default_rng(0).normal(size=(4, 5, 5, 3))  # noqa: N806
    assert_array_equal(again.logits(X), network.logits(X))


def test_a_dense_network_of_named_arrays_is_the_one_of_its_pairs() -> None:
    plan = planned(FlattenPlan, partial(DensePlan, units=4), RELU, partial(DensePlan, units=1))
    W1, b1, W2, b2 = params = plan.start("float64").params  # noqa: N806
    expected = dense_network([(W1, b1), (W2, b2)], ACTIVATIONS["relu"])
    X = np.random.default_rng(0).normal(size=(4, 5, 5, 3))  # noqa: N806
    network = plan.network_of(dict(zip(plan.names, params, strict=True)))
    assert_array_equal(network.logits(X), expected.logits(X))


@pytest.mark.parametrize(
    ("first", "arrives", "pictures"),
    [
        (FlattenPlan, (5, 5, 3), False),
        (CONVOLUTION, (5, 5, 3), True),
        (BatchNormPlan, (5, 5, 3), True),
        (BatchNormPlan, (75,), False),
    ],
)
def test_the_first_layer_says_whether_pictures_are_wanted(
    first: MakePlan, arrives: tuple[int, ...], pictures: bool
) -> None:
    assert planned(first, arrives=arrives).pictures is pictures


def test_a_summary_has_a_row_for_each_layer() -> None:
    network = planned(CONVOLUTION, partial(DropoutPlan, rate=0.5), GlobalAveragePlan)
    nothing = {"number": None, "parameters": 0, "weights": None, "multiplications": 0}
    assert network.summary() == [
        {
            "kind": "convolution",
            "number": 1,
            "shape": [5, 5, 4],
            "parameters": 112,
            "weights": "drawn",
            "multiplications": 2_700,
        },
        *(
            {**nothing, "kind": kind, "shape": shape}
            for kind, shape in (("dropout", [5, 5, 4]), ("global_average_pool", [4]))
        ),
    ]


def test_a_summary_adds_up_to_the_network() -> None:
    network = planned(*CONVOLUTIONAL)
    assert sum(row["parameters"] for row in network.summary()) == network.parameters

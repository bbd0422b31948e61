"""Each kind of layer: what it returns and has, and what it refuses."""

from collections.abc import Callable
from functools import partial
from itertools import count
from typing import Any

import numpy as np
import pytest

from worker.errors import InvalidParameter
from worker.nn.initializers import INITIALIZERS
from worker.training.layer_plan import LayerPlan, MakePlan, Parts, in_a_row, with_inner
from worker.training.layer_plans import (
    ActivationPlan,
    BatchNormPlan,
    DensePlan,
    DropoutPlan,
    FlattenPlan,
    GlobalAveragePlan,
)
from worker.training.network_plan import LAYERS, NetworkPlan
from worker.training.residual_plan import ResidualPlan
from worker.training.window_plans import (
    AveragePoolPlan,
    ConvolutionPlan,
    DepthwisePlan,
    MaxPoolPlan,
)

PICTURE = (7, 6, 3)
CONVOLUTION = partial(ConvolutionPlan, kernel=3, filters=4)
RELU = partial(ActivationPlan, activation="relu")
KEEPING = partial(ConvolutionPlan, kernel=3, filters=3)
HALVING = partial(ConvolutionPlan, kernel=3, filters=4, stride=2, bias=False)


def residual(*layers: MakePlan) -> Callable[..., LayerPlan]:
    return partial(ResidualPlan, layers=layers)


# What a kind of layer returns, its arrays, and how often it multiplies.
KINDS: dict[str, tuple[MakePlan, tuple[int, ...], tuple[int, ...], dict[str, Any], int]] = {
    "convolution": (
        CONVOLUTION,
        PICTURE,
        (7, 6, 4),
        {"W1": (3, 3, 3, 4), "b1": (4,)},
        7 * 6 * 27 * 4,
    ),
    "convolution, valid, in strides, without a bias": (
        partial(ConvolutionPlan, kernel=3, stride=2, padding="valid", bias=False, filters=4),
        PICTURE,
        (3, 2, 4),
        {"W1": (3, 3, 3, 4)},
        3 * 2 * 27 * 4,
    ),
    "depthwise_convolution": (
        partial(DepthwisePlan, kernel=5, stride=3),
        PICTURE,
        (3, 2, 3),
        {"W1": (5, 5, 3), "b1": (3,)},
        3 * 2 * 25 * 3,
    ),
    "max_pool": (
        partial(MaxPoolPlan, kernel=2, stride=2, padding="valid"),
        PICTURE,
        (3, 3, 3),
        {},
        0,
    ),
    "average_pool": (partial(AveragePoolPlan, kernel=3, stride=2), PICTURE, (4, 3, 3), {}, 0),
    "global_average_pool": (GlobalAveragePlan, PICTURE, (3,), {}, 0),
    "batch_norm": (BatchNormPlan, PICTURE, PICTURE, {"gamma1": (3,), "beta1": (3,)}, 7 * 6 * 3),
    "batch_norm of rows": (BatchNormPlan, (9,), (9,), {"gamma1": (9,), "beta1": (9,)}, 9),
    "dense": (partial(DensePlan, units=5), (9,), (5,), {"W1": (9, 5), "b1": (5,)}, 45),
    "activation": (RELU, PICTURE, PICTURE, {}, 0),
    "dropout": (partial(DropoutPlan, rate=0.5), PICTURE, PICTURE, {}, 0),
    "flatten": (FlattenPlan, PICTURE, (126,), {}, 0),
    "flatten of rows": (FlattenPlan, (9,), (9,), {}, 0),
    "residual": (
        residual(BatchNormPlan, RELU, KEEPING),
        PICTURE,
        PICTURE,
        {"gamma1.1": (3,), "beta1.1": (3,), "W1.2": (3, 3, 3, 3), "b1.2": (3,)},
        7 * 6 * (3 + 27 * 3),
    ),
    "residual with a projection": (
        residual(HALVING, BatchNormPlan, RELU, residual(BatchNormPlan)),
        PICTURE,
        (4, 3, 4),
        {
            "W1.1": (3, 3, 3, 4),
            "gamma1.2": (4,),
            "beta1.2": (4,),
            "gamma1.3.1": (4,),
            "beta1.3.1": (4,),
            "W1.shortcut": (1, 1, 3, 4),
        },
        4 * 3 * (27 * 4 + 4 + 4 + 3 * 4),
    ),
    "residual of rows": (
        residual(partial(DensePlan, units=9)),
        (9,),
        (9,),
        {"W1.1": (9, 9), "b1.1": (9,)},
        81,
    ),
}


def network(*layers: MakePlan, arrives: tuple[int, ...] = PICTURE, seed: int = 1) -> NetworkPlan:
    return NetworkPlan(in_a_row(arrives, layers), INITIALIZERS["he"], 1.0, seed)


def test_every_kind_is_in_this_table() -> None:
    assert {name.split()[0].rstrip(",") for name in KINDS} == set(LAYERS)


@pytest.mark.parametrize("name", KINDS)
def test_a_layer_returns_and_has_what_its_plan_says(name: str) -> None:
    plan, arrives, returns, tensors, multiplications = KINDS[name]
    planned = network(plan, arrives=arrives)
    (layer,) = planned.layers
    assert (layer.returns, layer.multiplications) == (returns, multiplications)
    assert {name: tensor.shape for name, tensor in planned.tensors.items()} == tensors
    made = planned.start("float32")
    assert [p.shape for p in made.params] == list(tensors.values())
    assert {p.dtype for p in (*made.params, *made.running)} <= {np.dtype("float32")}
    assert [kept.shape for kept in made.running] == [t.shape for t in planned.running.values()]
    assert planned.parameters == sum(p.size for p in made.params)
    assert made.logits(np.ones((2, *arrives), "float32")).shape == (2, *returns)


@pytest.mark.parametrize("kind", LAYERS)
def test_a_layer_has_the_name_that_a_spec_gives_it(kind: str) -> None:
    plan, arrives, *_ = KINDS[kind]
    assert plan(arrives).kind == kind


ROWS = (12,)
REFUSED: list[tuple[Callable[..., LayerPlan], tuple[int, ...], str]] = [
    (CONVOLUTION, ROWS, "pictures for the layer convolution, got rows of 12 numbers. Put it"),
    (partial(DepthwisePlan, kernel=3), ROWS, "the layer depthwise_convolution, got rows of 12"),
    (partial(MaxPoolPlan, kernel=2), ROWS, "the layer max_pool, got rows of 12 numbers"),
    (partial(AveragePoolPlan, kernel=2), ROWS, "the layer average_pool, got rows of 12 numbers"),
    (GlobalAveragePlan, ROWS, "the layer global_average_pool, got rows of 12 numbers"),
    (partial(DensePlan, units=2), PICTURE, "rows for the layer dense, got pictures of 7 × 6 × 3."),
    (
        partial(MaxPoolPlan, kernel=7, padding="valid"),
        PICTURE,
        "pictures of at least 7 × 7 for the layer max_pool, got pictures of 7 × 6 × 3. Put fewer",
    ),
    (residual(partial(DensePlan, units=5)), ROWS, "got layers that return rows of 5 numbers"),
    (residual(GlobalAveragePlan), PICTURE, "keep pictures of 7 × 6 × 3, or divide"),
    (
        residual(partial(ConvolutionPlan, kernel=3, padding="valid", filters=3)),
        PICTURE,
        "return pictures of 5 × 4 × 3. Use the padding",
    ),
]


@pytest.mark.parametrize(("plan", "arrives", "told"), REFUSED)
def test_what_a_layer_can_do_nothing_with_is_refused(
    plan: Callable[..., LayerPlan], arrives: tuple[int, ...], told: str
) -> None:
    with pytest.raises(InvalidParameter) as refused:
        in_a_row(arrives, [partial(plan, pointer="/network/layers/3")])
    assert told in str(refused.value)
    assert refused.value.pointer == "/network/layers/3"


def test_the_layer_that_is_refused_is_named_within_its_residual() -> None:
    small = partial(MaxPoolPlan, kernel=9, padding="valid", pointer="/network/layers/0/layers/1")
    with pytest.raises(InvalidParameter) as refused:
        in_a_row(PICTURE, [residual(RELU, small)])
    assert refused.value.pointer == "/network/layers/0/layers/1"


def drawn(plan: MakePlan, arrives: tuple[int, ...], rule: str) -> float:
    """The deviation of the first array with which a layer starts."""
    planned = NetworkPlan(in_a_row(arrives, [plan]), INITIALIZERS[rule], 0.3, 1)
    return float(planned.start("float64").params[0].std())


@pytest.mark.parametrize(
    ("plan", "arrives", "n_in", "n_out"),
    [
        (partial(ConvolutionPlan, kernel=3, filters=64), (8, 8, 32), 9 * 32, 9 * 64),
        (partial(DepthwisePlan, kernel=5), (8, 8, 512), 25, 25),
        (partial(DensePlan, units=50), (300,), 300, 50),
    ],
)
def test_weights_are_drawn_by_what_a_window_reaches(
    plan: MakePlan, arrives: tuple[int, ...], n_in: int, n_out: int
) -> None:
    deviations = [drawn(plan, arrives, rule) for rule in ("he", "xavier", "glorot", "normal")]
    expected = [(2 / n_in) ** 0.5, (1 / n_in) ** 0.5, (2 / (n_in + n_out)) ** 0.5, 0.3]
    assert deviations == pytest.approx(expected, rel=0.03)


def test_batch_normalization_starts_as_no_change() -> None:
    made = network(BatchNormPlan).start("float64")
    (gamma, beta), (mean, variance) = made.params, made.running
    assert (gamma == 1).all() and (beta == 0).all()
    assert (mean == 0).all() and (variance == 1).all()


def test_a_batch_normalization_has_the_decay_and_eps_of_its_plan() -> None:
    (layer,) = network(partial(BatchNormPlan, decay=0.5, eps=1e-3)).start("float32").layers
    assert (layer.decay, layer.eps) == (0.5, 1e-3)  # type: ignore[attr-defined]


def test_dropouts_are_counted_through_residuals() -> None:
    dropout = partial(DropoutPlan, rate=0.5)
    planned = network(dropout, residual(RELU, dropout), FlattenPlan, dropout)
    found: list[int] = []
    parts = Parts(iter([]), iter([]), (found.append(i) or i for i in count()))  # type: ignore[func-returns-value]
    for layer in planned.layers:
        layer.layer(parts)
    assert (found, planned.dropouts) == ([0, 1, 2], 3)


def test_a_residual_is_followed_by_its_layers_and_its_projection() -> None:
    kinds = [layer.kind for layer in with_inner(network(residual(RELU, HALVING), RELU).layers)]
    assert kinds == ["residual", "activation", "convolution", "convolution", "activation"]


def test_a_pool_shrinks_a_residuals_shortcut_too() -> None:
    pool = partial(MaxPoolPlan, kernel=3, stride=2)
    (layer,) = network(residual(KEEPING, residual(pool))).layers
    assert isinstance(layer, ResidualPlan)
    assert layer.projection == ConvolutionPlan(PICTURE, 1, 2, bias=False, filters=3)
    assert layer.reduction == 2


def test_plans_of_layers_are_only_kept_not_made() -> None:
    with pytest.raises(TypeError, match="abstract"):
        LayerPlan(PICTURE)  # type: ignore[abstract]

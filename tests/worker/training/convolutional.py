"""Plans of small convolutional networks with all kinds of layers, which tests train."""

from dataclasses import replace
from functools import partial

from worker.nn.initializers import INITIALIZERS
from worker.spec import JobSpec
from worker.training import build
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
from worker.training.plan import Plan
from worker.training.problem import Problem
from worker.training.residual_plan import ResidualPlan
from worker.training.window_plans import (
    AveragePoolPlan,
    ConvolutionPlan,
    DepthwisePlan,
    MaxPoolPlan,
)

RELU: MakePlan = partial(ActivationPlan, activation="relu")
INNER: tuple[MakePlan, ...] = (
    partial(ConvolutionPlan, kernel=3, stride=2, bias=False, filters=5),
    BatchNormPlan,
    RELU,
    partial(DepthwisePlan, kernel=3),
    BatchNormPlan,
)


def layers(head: str, units: int) -> list[MakePlan]:
    """Every kind of layer, a head of one kind, and logits."""
    heads: dict[str, list[MakePlan]] = {
        "average": [GlobalAveragePlan],
        "flatten": [FlattenPlan, partial(DensePlan, units=6), BatchNormPlan, RELU],
    }
    return [
        partial(ConvolutionPlan, kernel=3, bias=False, filters=4),
        BatchNormPlan,
        RELU,
        partial(MaxPoolPlan, kernel=2, stride=2),
        partial(ResidualPlan, layers=INNER),
        RELU,
        partial(AveragePoolPlan, kernel=2),
        *heads[head],
        partial(DropoutPlan, rate=0.2),
        partial(DensePlan, units=units),
    ]


def network_plan(shape: tuple[int, ...], head: str = "average", units: int = 1) -> NetworkPlan:
    made = in_a_row(shape, layers(head, units))
    return NetworkPlan(made, INITIALIZERS["he"], 1.0, seed=3)


def plan_of(spec: JobSpec, problem: Problem, head: str = "average", **changes: object) -> Plan:
    """The spec's plan, of a convolutional network in the place of its own."""
    units = 1 if problem.classes == 2 else problem.classes
    network = network_plan(problem.shape, head, units)
    whole = build.plan(spec, problem)
    batches = replace(whole.batches, dropouts=network.dropouts)
    return replace(whole, network=network, batches=batches, **changes)  # type: ignore[arg-type]

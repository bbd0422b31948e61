"""The plan of the network that answers: of fewer layers than the one that was trained."""

from collections.abc import Iterable
from dataclasses import replace
from functools import partial

from worker.nn.windows import Shape
from worker.training.layer_plan import LayerPlan
from worker.training.layer_plans import BatchNormPlan, DensePlan
from worker.training.network_plan import NetworkPlan
from worker.training.residual_plan import ResidualPlan
from worker.training.window_plans import KernelPlan


def serving_plan(plan: NetworkPlan) -> NetworkPlan:
    """That of the network which `folding.without_batch_normalization` makes of this plan's."""
    return replace(plan, layers=folded_layers(plan.layers))


def folded_layers(layers: Iterable[LayerPlan]) -> tuple[LayerPlan, ...]:
    """The layers without the batch normalizations that follow weights, which have a bias then."""
    found: list[LayerPlan] = []
    for layer in layers:
        before = found[-1] if found else None
        if isinstance(layer, BatchNormPlan) and isinstance(before, DensePlan | KernelPlan):
            if isinstance(before, KernelPlan):
                found[-1] = replace(before, bias=True)
        elif isinstance(layer, ResidualPlan):
            inner = (partial(planned, plan) for plan in folded_layers(layer.body))
            found.append(replace(layer, layers=tuple(inner)))
        else:
            found.append(layer)
    return tuple(found)


def planned(plan: LayerPlan, arrives: Shape) -> LayerPlan:
    """The plan: what arrives is what arrived before others were folded."""
    return plan

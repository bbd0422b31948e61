"""The model from which a training starts: which of its layers give their weights."""

from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

from worker.errors import InvalidParameter
from worker.nn.arrays import Array
from worker.training.layer_plan import LayerPlan, numbered
from worker.training.network_plan import NetworkPlan


class Origin(NamedTuple):
    """A model as it was trained, before anything was folded.

    Attributes:
        network: its plan.
        arrays: by the names in that plan; and `shift` and `factor` of its normalization.
    """

    network: NetworkPlan
    arrays: Mapping[str, Array]


def started(plan: NetworkPlan, origin: Origin) -> NetworkPlan:
    """The plan with the weights from which it starts.

    Raises:
        InvalidParameter: as `starting_from` does.
    """
    return replace(starting_from(plan, origin.network), given=origin.arrays)


def starting_from(plan: NetworkPlan, origin: NetworkPlan) -> NetworkPlan:
    """The plan, in which each layer starts with the weights of the origin's layer of the same
    number, if that has the same arrays in the same shapes.

    Raises:
        InvalidParameter: no layer has, or one that is frozen has not.
    """
    theirs = {number: arrays_of(layer) for number, layer in numbered(origin.layers)}
    own = {number: arrays_of(layer) for number, layer in numbered(plan.layers)}
    taken = frozenset(number for number in own if own[number] == theirs.get(number))
    if not taken:
        raise InvalidParameter(
            "Expected a network of which a layer has the shapes of the model's layer of the same "
            "number, got one of which none has. Leave network out to take the model's.",
            "/start_from",
        )
    if plan.frozen >= len(own):
        raise InvalidParameter(
            f"Expected fewer frozen layers than the network has with parameters, {len(own)}, got "
            f"{plan.frozen}. Something has to learn.",
            "/freeze",
        )
    if drawn := {*range(1, plan.frozen + 1)} - taken:
        raise InvalidParameter(
            f"Expected frozen layers with the shapes of the model's, but layer {min(drawn)} has "
            "others, so its weights are drawn and have to learn. Freeze fewer layers.",
            "/freeze",
        )
    return replace(plan, taken=taken)


def arrays_of(layer: LayerPlan) -> list[tuple[object, ...]]:
    """What the arrays of a layer are called, and their shapes."""
    tensors = (*layer.parameters, *layer.running)
    return [(tensor.letter, tensor.within, tensor.shape) for tensor in tensors]

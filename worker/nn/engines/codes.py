"""By which numbers kernels know the entries of the core's tables: their places there."""

from collections.abc import Mapping

from worker.nn.activations import ACTIVATIONS, Activation
from worker.nn.losses import LOSSES, Loss
from worker.nn.optimizers import OPTIMIZERS, Optimizer
from worker.nn.pools import POOLS, Pool

MOMENTS = 2  # of an optimizer, at most


def activation_code(activation: Activation) -> int:
    """The place of an activation in ACTIVATIONS."""
    return code_of(activation, ACTIVATIONS)


def loss_code(loss: Loss) -> int:
    """The place of a loss in LOSSES."""
    return code_of(loss, LOSSES)


def pool_code(pool: Pool) -> int:
    """The place of a pool in POOLS."""
    return code_of(pool, POOLS)


def rule_code(optimizer: Optimizer) -> int:
    """The place of an optimizer's class in OPTIMIZERS.

    Raises:
        ValueError: it has none, or the optimizer remembers more than kernels can.
    """
    if len(optimizer.moments) > MOMENTS:
        raise ValueError(f"Expected a rule with {MOMENTS} moments at most, got {optimizer}.")
    return code_of(type(optimizer), OPTIMIZERS)


def code_of(entry: object, table: Mapping[str, object]) -> int:
    """The place of an entry in a table.

    Raises:
        ValueError: it has none, so no kernel knows it.
    """
    for code, known in enumerate(table.values()):
        if known is entry:
            return code
    raise ValueError(f"Expected one of {', '.join(table)}, got {entry}, which no kernel knows.")

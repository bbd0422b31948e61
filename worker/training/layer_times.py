"""On which of its layers a network spends the time of its steps: each is timed alone."""

import time
from typing import NamedTuple

import numpy as np

from worker.nn.arrays import Array
from worker.nn.engines.base import Program, TrainingEngine
from worker.nn.engines.batch import NO_ROWS
from worker.nn.engines.step_numbers import numbers_of
from worker.nn.layers import Layer
from worker.nn.network import Network
from worker.training.gradient_samples import rows_checked
from worker.training.plan import Plan

TRIES = 3  # of which the fastest counts: the others had to wait
LONG_S = 1e-4  # of a try, at least, for the clock to be fine enough
MOST_STEPS = 2**10  # of a try, at most: steps of nothing take no time, however many they are
LEAST_S = 1e-9  # of a layer: what takes no time that could be seen has as much as others like it


def time_shares(plan: Plan, network: Network, do: TrainingEngine) -> list[float]:
    """Of each layer of a plan's network, forwards and back, the share of the time of all.

    As many samples as gradients are checked on come to each layer. What a step does beside its
    layers, such as the optimizer's rule, is in no share. The network stays as it is.

    Args:
        do: by which it is trained.
    """
    rows = rows_checked(plan)
    frozen = plan.network.frozen_depth
    learning = (at for at, layer in enumerate(network.layers) if layer.params and at >= frozen)
    first = next(learning)
    nothing = seconds(do.record(rows, lambda: None))
    found = []
    # What a step keeps beside the parameters changes with each.
    with network.holding([*network.params, *map(do.copy, network.running)]):
        for depth, (own, layer) in enumerate(zip(plan.network.layers, network.layers, strict=True)):
            samples = do.copy(np.ones((rows, *own.arrives), plan.dtype))
            ways = Ways(gradients=depth >= frozen, to_input=depth > first)
            program = recorded(layer, samples, do, ways)
            found.append(max(LEAST_S, seconds(program) - nothing))
    return [each / sum(found) for each in found]


class Ways(NamedTuple):
    """What is wanted of a layer on the way back.

    Attributes:
        gradients: those of its parameters, unless it is frozen.
        to_input: dJ/d(input), as it is of all layers behind the first that learns.
    """

    gradients: bool
    to_input: bool


def recorded(layer: Layer, samples: Array, do: TrainingEngine, ways: Ways) -> Program:
    """The program of a layer alone, for these samples."""

    def step() -> None:
        out, way_back = layer.forward(samples, do)
        if ways.gradients:
            way_back.gradients(out)  # which numbers come back does not matter here
        if ways.to_input:
            way_back.to_input(out)

    return do.record(len(samples), step, training=ways.gradients)


def seconds(program: Program) -> float:
    """Of one step of it."""
    took_for(program, 1)  # at first, memory is handed out page by page
    count = 1
    while (took := took_for(program, count)) < LONG_S and count < MOST_STEPS:
        count *= 2
    return min(took, *(took_for(program, count) for _ in range(TRIES - 1))) / count


def took_for(program: Program, count: int) -> float:
    """Seconds of so many steps."""
    numbers = numbers_of(None, [0.0] * count)
    started = time.perf_counter()
    program.run(NO_ROWS, 0, numbers)
    return time.perf_counter() - started

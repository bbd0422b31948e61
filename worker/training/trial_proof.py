"""How long a gradient check takes: one derivative of all that it compares is compared."""

import time
from contextlib import suppress
from functools import partial

from worker.errors import GradientCheckFailed
from worker.training.fit import Fit
from worker.training.gradient_check import GradientCheck

# Passes through the whole network: two for a derivative, and two beside all derivatives.
OF_ONE, BESIDE = 2, 2


def proving_s(fit: Fit) -> float:
    """Seconds of the gradient check with which a training begins."""
    began = time.perf_counter()
    check = GradientCheck(fit.plan, fit.rows, fit.normalization, partial(fit.engines, "float64"))
    made = time.perf_counter()
    wanted = BESIDE + OF_ONE * sum(passes(fit, check))
    check.places = [own[:1] if at == 0 else [] for at, own in enumerate(check.places)]
    check.gradients = [
        own[: len(at)] for own, at in zip(check.gradients, check.places, strict=True)
    ]
    with suppress(GradientCheckFailed):  # the job itself will say so
        check.largest_error()
    took = time.perf_counter() - made
    return made - began + took * wanted / (BESIDE + OF_ONE)


def passes(fit: Fit, check: GradientCheck) -> list[float]:
    """Of each layer with parameters, through how many networks its derivatives are followed: it,
    and those behind it, are a part of one."""
    layers = fit.plan.network.layers[fit.plan.network.frozen_depth :]
    work = [layer.multiplications for layer in layers]
    whole, places = max(1, sum(work)), iter(check.places)
    return [
        len(next(places)) * sum(work[depth:]) / whole
        for depth, layer in enumerate(layers)
        if layer.parameters
    ]

"""How long a gradient check takes: one derivative of all that it compares is compared."""

import time
from contextlib import suppress
from functools import partial

from worker.errors import GradientCheckFailed
from worker.training.fit import Fit
from worker.training.gradient_check import GradientCheck
from worker.training.time_estimate import proof_work


def proving_s(fit: Fit) -> float:
    """Seconds of the gradient check with which a training begins."""
    began = time.perf_counter()
    check = GradientCheck(
        fit.plan, fit.rows, fit.normalization, partial(fit.how.engines, "float64")
    )
    made = time.perf_counter()
    # Of the first layer, which is followed through the whole network on either side.
    check.places = [own[:1] if at == 0 else [] for at, own in enumerate(check.places)]
    pairs = zip(check.gradients, check.places, strict=True)
    check.gradients = [own[: len(places)] for own, places in pairs]
    with suppress(GradientCheckFailed):  # the job itself will say so
        check.largest_error()
    one_s = time.perf_counter() - made
    return made - began + one_s * proof_work(fit.plan) / proof_work(fit.plan, of_first=True)

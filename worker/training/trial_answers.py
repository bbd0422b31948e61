"""How long it takes to make a model of a trained network, and to measure what it is worth."""

import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial

import numpy as np

from worker.data.dataset import Dataset, Split
from worker.errors import FoldMismatch
from worker.nn.engines.answering.network import answering_network
from worker.nn.network import Network
from worker.training.fit import Fit, in_float64
from worker.training.measures import Model, Splits, measured
from worker.training.model import (
    FOLD_PICTURES,
    FOLD_ROWS,
    fold_difference,
    folded,
    serving_network,
    unfolded,
)

# Rows that are answered first, and for how long more are answered after that.
FEW_PICTURES, FEW_ROWS, LONG_S = 4, 64, 0.15


def measuring_s(fit: Fit, network: Network, dataset: Dataset, error_rate: float | None) -> float:
    """Seconds from the last step of a training until its model is measured.

    Args:
        network: as its first steps left it, on the host.
        error_rate: as of `measured`.
    """
    plan, exact = fit.plan, fit.normalization
    began = time.perf_counter()
    tensors, _ = (made(plan.network, network, exact) for made in (folded, unfolded))
    by_kernels = partial(answering_network, threads=fit.how.threads)
    served = serving_network(in_float64(tensors), plan.network, by_kernels)
    made_s = time.perf_counter() - began
    normal, model = exact.astype(plan.dtype), Model(served, plan.loss, dataset.classes)
    pictures, test = plan.network.pictures, dataset.splits["test"]
    few = FEW_PICTURES if pictures else FEW_ROWS

    def compare(rows: int) -> None:
        with suppress(FoldMismatch):  # of a network that has hardly learned, this says nothing
            fold_difference(network, normal, served, plan.loss, plain.first(rows))

    def measure(rows: int) -> None:
        own = [spread(split, rows / total) for split in (plain, test)]
        kept_out = spread(fit.kept_out, rows / total) if fit.kept_out else None
        measured(model, Splits(own[0], kept_out, own[1]), error_rate)

    plain = unmirrored(fit)
    total = len(plain) + len(fit.kept_out or ()) + len(test)
    compared = min(len(plain), FOLD_PICTURES if pictures else FOLD_ROWS)
    answering = for_all(measure, total, few)
    # Those for testing are asked again, when it is decided whether the model becomes champion.
    return made_s + for_all(compare, compared, few) + answering * (1 + len(test) / total)


def unmirrored(fit: Fit) -> Split:
    """The rows that are learned from, without those of mirrored pictures behind them."""
    return fit.rows.first(len(fit.rows) // 2) if fit.plan.problem.mirrored else fit.rows


def spread(split: Split, share: float) -> Split:
    """This share of a split's rows, two at least, from all over it."""
    count = min(len(split), max(2, round(share * len(split))))
    rows = np.linspace(0, len(split) - 1, count).astype(int)
    return Split(split.x, split.y[rows], split.index[rows])


def for_all(work: Callable[[int], None], rows: int, few: int) -> float:
    """Seconds of work that grows with its rows, of which not all are done."""
    few = min(few, rows)
    took_for(work, few)  # at first, memory is handed out page by page
    first = took_for(work, few)
    more = min(rows, int(few * max(1.0, LONG_S / first)))
    if more < 2 * few:
        return first * rows / few
    second = took_for(work, more)
    each = max(0.0, second - first) / (more - few)
    return second + each * (rows - more)


def took_for(work: Callable[[int], None], rows: int) -> float:
    began = time.perf_counter()
    work(rows)
    return time.perf_counter() - began

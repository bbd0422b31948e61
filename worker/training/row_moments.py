"""By what rows are normalized: their moments, and the normalization that a plan makes of these."""

from collections.abc import Callable

import numpy as np

from worker.data.dataset import Split, sample_rows
from worker.nn.normalization import Moments, Normalization, by_channel
from worker.training.plan import Plan


def normalization_by(plan: Plan, rows: Split, measured: Callable[[], Moments]) -> Normalization:
    """Of these rows: feature by feature; or channel by channel, where the network takes pictures,
    for a kernel is the same at every place. If the first layer takes the weights of a model, that
    of the model: what they make of a sample is to stay.

    Args:
        measured: returns the moments of the rows; it is called where they are needed.
    """
    if (given := plan.network.given_normalization) is not None:
        return given
    row = rows.samples(slice(0, 1))[0]
    if not plan.network.pictures:
        return plan.normalization(measured, row)
    return plan.normalization(lambda: by_channel(measured()), row[0, 0]).everywhere(row.shape)


def summed(rows: Split) -> Moments:
    """Of the features of these rows, by one thread and in their order: of pixels exact, of float32
    in float64."""
    sums = np.zeros((2, *rows.x.shape[1:]), "float64" if rows.floats else "int64")
    step = sample_rows(rows.x[:1].size)
    for at in range(0, len(rows), step):
        wide = rows.samples(slice(at, at + step)).astype(sums.dtype)
        sums += wide.sum(axis=0), np.square(wide, out=wide).sum(axis=0)
    return Moments(len(rows), *sums)

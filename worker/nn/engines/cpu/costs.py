"""The losses, for kernels: what a step's logits cost, how many answers are right, and dZ.

Z and dZ are (m, k), by the address and the distance of their rows; `rows` says which label is
whose, `weights` how much a row of each class counts, `smoothing` how unsure the targets are.
Returned are the mean cost and the count. The formulas are those of `losses`; tests hold the two
against each other.
"""

import math

import numpy

from worker.nn.engines.cpu.functions import exp, sigmoid
from worker.nn.engines.cpu.tile import compiled, numbers_at


@compiled
def logistic_cost(like, z, z_step, dz, dz_step, m, k, labels, rows, weights, smoothing):
    cost, right = 0.0, 0
    for i in range(m):
        x = numpy.float64(numbers_at(like, z + i * z_step * like.itemsize, 1)[0])
        y = labels[rows[i]]
        weight = weights[y]
        target = y * (1 - smoothing) + smoothing / 2
        cost += weight * (max(x, 0.0) - target * x + math.log1p(math.exp(-abs(x))))
        right += (x > 0) == y
        numbers_at(like, dz + i * dz_step * like.itemsize, 1)[0] = (
            weight * (sigmoid(x) - target) / m
        )
    return cost / m, right


@compiled
def softmax_cost(like, z, z_step, dz, dz_step, m, k, labels, rows, weights, smoothing):
    cost, right = 0.0, 0
    for i in range(m):
        Z = numbers_at(like, z + i * z_step * like.itemsize, k)
        dZ = numbers_at(like, dz + i * dz_step * like.itemsize, k)
        y = labels[rows[i]]
        weight = weights[y]
        best = 0
        for j in range(1, k):
            best = j if Z[j] > Z[best] else best
        top, total, together = numpy.float64(Z[best]), 0.0, 0.0
        for j in range(k):
            total += exp(Z[j] - top)
            if not abs(Z[j]) < math.inf:  # isfinite may be compiled away
                total = math.nan  # exp keeps to what it can say
        for j in range(k):
            together += Z[j]
            target = (j == y) * (1 - smoothing) + smoothing / k
            dZ[j] = weight * (exp(Z[j] - top) / total - target) / m
        aim = (1 - smoothing) * Z[y] + smoothing / k * together
        cost += weight * (math.log(total) + top - aim)
        right += best == y
    return cost / m, right


@compiled
def no_cost(like, z, z_step, dz, dz_step, m, k, labels, rows, weights, smoothing):
    """What is in no table: a cost that is no number ends a training at once."""
    return math.nan, 0


# By their names in LOSSES.
COSTS = {
    "logistic": logistic_cost,
    "softmax": softmax_cost,
}

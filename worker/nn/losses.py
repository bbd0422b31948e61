"""Costs computed from logits, their gradients, and the probabilities they stand for."""

from collections.abc import Callable
from typing import NamedTuple

from worker.nn.activations import sigmoid
from worker.nn.arrays import Array, array_module, zeros


class Loss(NamedTuple):
    """What stands behind the last layer; logits Z are (m, k).

    Attributes:
        cost: of (Z, Y, weights), the mean loss in nats per row, left on the device, and dZ, (m, k).
            A row counts as often as its weight says, (m, 1) or 1.
        parts: of (Z, Y), numbers of Z's shape, for rows that are too many to be looked at together.
        mean: of the sum of all parts and the count of rows, their mean loss in nats per row.
        probabilities: of Z, a row over all classes, (m, classes).
        answers: of Z, the class of each row, (m,).
        targets: of integer labels, (m,), of how many classes there are and of an array, Y, (m, k),
            in that array's dtype. They may be smoothed.
        units: of how many classes there are, the width k of the last layer.
    """

    cost: Callable[[Array, Array, Array | float], tuple[Array, Array]]
    parts: Callable[[Array, Array], Array]
    mean: Callable[[float, int], float]
    probabilities: Callable[[Array], Array]
    answers: Callable[[Array], Array]
    targets: Callable[[Array, int, Array], Array]
    units: Callable[[int], int]


def logistic_cost(Z: Array, Y: Array, weights: Array | float = 1) -> tuple[Array, Array]:
    """Mean of −[y log ŷ + (1−y) log(1−ŷ)] with ŷ = sigmoid(Z), and its gradient.

    Args:
        Z: logits, (m, 1).
        Y: 0 or 1, or smoothed, (m, 1), of Z's dtype.
        weights: how much each row counts, (m, 1).

    Returns:
        The loss in nats per row, left on the device, and dZ, (m, 1), divided by m.

    Source: Goodfellow, Bengio and Courville, Deep Learning, 2016, section 6.2.2.2.
    """
    return (weights * logistic_losses(Z, Y)).mean(), weights * (sigmoid(Z) - Y) / len(Z)


def logistic_losses(Z: Array, Y: Array) -> Array:
    """What each row costs, (m, 1)."""
    xp = array_module(Z)
    # log(1 + e^Z) − yZ, with the larger of 1 and e^Z taken out so that nothing overflows.
    return xp.maximum(Z, 0) - Y * Z + xp.log1p(xp.exp(-xp.abs(Z)))


def logistic_probabilities(Z: Array) -> Array:
    """Probabilities of class 0 and class 1, (m, 2), of logits (m, 1)."""
    # 1 − sigmoid(Z) would lose the digits of a small probability.
    return array_module(Z).concatenate([sigmoid(-Z), sigmoid(Z)], axis=1)


def logistic_answers(Z: Array) -> Array:
    """1 where the logit is above 0, that is ŷ > 1/2, else 0; (m,)."""
    return (Z[:, 0] > 0).astype("int64")


def logistic_targets(labels: Array, classes: int, like: Array) -> Array:
    """Labels 0 and 1 as a column, (m, 1)."""
    return labels.reshape(-1, 1).astype(like.dtype)


def log_softmax(Z: Array) -> Array:
    """log(softmax(Z)) row by row, (m, k)."""
    xp = array_module(Z)
    # exp overflows float32 above 88, so shift each row to a maximum of 0; the shift cancels.
    shifted = Z - Z.max(axis=1, keepdims=True)
    return shifted - xp.log(xp.exp(shifted).sum(axis=1, keepdims=True))


def softmax_cost(Z: Array, Y: Array, weights: Array | float = 1) -> tuple[Array, Array]:
    """Mean cross-entropy of softmax(Z) against Y, and its gradient.

    Args:
        Z: logits, (m, k).
        Y: one-hot rows, or smoothed ones, (m, k), of Z's dtype.
        weights: how much each row counts, (m, 1).

    Returns:
        The loss in nats per row, left on the device, and dZ, (m, k), divided by m.

    Source: Goodfellow, Bengio and Courville, Deep Learning, 2016, section 6.2.2.3.
    """
    log_A = log_softmax(Z)
    dZ = weights * (array_module(Z).exp(log_A) - Y) / len(Z)
    return -(weights * Y * log_A).sum() / len(Z), dZ


def softmax_probabilities(Z: Array) -> Array:
    """softmax(Z), (m, k)."""
    return array_module(Z).exp(log_softmax(Z))


def softmax_answers(Z: Array) -> Array:
    """The class of the largest logit, (m,)."""
    return Z.argmax(axis=1)


def softmax_targets(labels: Array, classes: int, like: Array) -> Array:
    """Labels as one-hot rows, (m, classes)."""
    Y = zeros((len(labels), classes), like)
    Y[range(len(labels)), labels] = 1
    return Y


def smoothed(Y: Array, smoothing: float) -> Array:
    """Targets that are less sure, of Y's shape: (1 − ε) Y + ε/k for k classes.

    Args:
        Y: targets as a loss makes them; one column stands for two classes.
        smoothing: ε, 0 up to 1.

    Source: Szegedy et al., Rethinking the Inception architecture for computer vision, 2016,
    section 7.
    """
    return (1 - smoothing) * Y + smoothing / max(2, Y.shape[1])


LOGISTIC = Loss(
    logistic_cost,
    logistic_losses,
    lambda total, rows: total / rows,
    logistic_probabilities,
    logistic_answers,
    logistic_targets,
    units=lambda classes: 1,
)
SOFTMAX = Loss(
    softmax_cost,
    lambda Z, Y: Y * log_softmax(Z),
    lambda total, rows: -total / rows,
    softmax_probabilities,
    softmax_answers,
    softmax_targets,
    units=lambda classes: classes,
)

# Of each, engines have a kernel.
LOSSES = {
    "logistic": LOGISTIC,
    "softmax": SOFTMAX,
}


def loss_for(classes: int) -> Loss:
    """One sigmoid unit for two classes, softmax for more."""
    return LOGISTIC if classes == 2 else SOFTMAX

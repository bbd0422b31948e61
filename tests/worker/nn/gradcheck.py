"""The second opinion on every derivative: central differences in float64."""

from collections.abc import Callable

import numpy as np

from worker.nn.arrays import Array
from worker.nn.engine import EAGER, Engine
from worker.nn.layers import Layer

H = 1e-4  # with four points the error is of the order H^4, so rounding stays far below 1e-7


def numeric_gradient(f: Callable[[], float], X: Array) -> Array:
    """df/dX, entry by entry; X is changed in place and put back."""
    gradient = np.zeros_like(X)
    for index in np.ndindex(X.shape):
        kept = X[index]
        for steps, weight in ((-2, 1), (-1, -8), (1, 8), (2, -1)):
            X[index] = kept + steps * H
            gradient[index] += weight * f() / (12 * H)
        X[index] = kept
    return gradient


def relative_error(a: Array, b: Array) -> float:
    """The largest difference, in proportion to the largest entry of the two."""
    return float(np.abs(a - b).max() / max(1e-12, np.abs(a).max(), np.abs(b).max()))


def layer_errors(layer: Layer, X: Array, do: Engine = EAGER) -> list[float]:
    """How far a layer's way back is from central differences: by its input, then by each
    parameter."""
    out, backward = layer.forward(X, do)
    weight = np.random.default_rng(7).normal(size=out.shape)  # any direction of dJ/d(output)

    def cost() -> float:
        return float((layer.forward(X, do)[0] * weight).sum())

    derived = [backward.to_input(weight), *backward.gradients(weight)]
    arrays = [X, *layer.params]
    return [
        relative_error(gradient, numeric_gradient(cost, array))
        for gradient, array in zip(derived, arrays, strict=True)
    ]

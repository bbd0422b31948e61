"""Layers of a network that answers, with what stands beside a layer taken into its weights.

What is folded is computed in float64, and returned in the dtype of the weights.
"""

from collections.abc import Sequence

from worker.nn.arrays import Array, array_module, zeros
from worker.nn.batch_normalization import BatchNormalization
from worker.nn.convolution import Convolution
from worker.nn.engine import EAGER, Engine
from worker.nn.layers import Backward, Dense, Flatten, Layer, none
from worker.nn.normalization import Normalization
from worker.nn.residual import Residual


class Normalize:
    """(x − shift) · factor, for a first layer that cannot take it into its weights."""

    def __init__(self, normalization: Normalization) -> None:
        self.normalization = normalization
        self.params: list[Array] = []
        self.running: list[Array] = []

    def forward(self, X: Array, do: Engine = EAGER) -> tuple[Array, Backward]:
        """Normalized samples, of X's shape, (m, …)."""
        factor = self.normalization.factor
        return self.normalization.apply(X), Backward(none, lambda dX: dX * factor)


def without_batch_normalization(layers: Sequence[Layer]) -> list[Layer]:
    """Layers that answer the same, in which each batch normalization that follows a dense layer or
    a convolution is part of that one's W and b. Others stay.

    While a network answers, a batch normalization is Z · scale + (β − μ · scale), scale being
    γ / √(σ² + ε), and so

        W' = W · scale
        b' = b · scale + β − μ · scale      with b = 0 where there is none

    Source: Jacob et al., Quantization and training of neural networks, 2018, section 3.2.
    """
    found: list[Layer] = []
    for layer in layers:
        before = found[-1] if found else None
        if isinstance(layer, BatchNormalization) and isinstance(before, Dense | Convolution):
            found[-1] = scaled(before, layer)
        elif isinstance(layer, Residual):
            inner = without_batch_normalization(layer.inner.layers)
            found.append(Residual(inner, *layer.shortcut.layers))
        else:
            found.append(layer)
    return found


def scaled(layer: Dense | Convolution, by: BatchNormalization) -> Layer:
    """The layer with the batch normalization behind it."""
    gamma, beta, mean, variance = (a.astype("float64") for a in by.params + by.running)
    scale = gamma / array_module(gamma).sqrt(variance + by.eps)
    W, *bias = layer.params
    b = bias[0] if bias else zeros(len(scale), W)
    return with_weights(layer, W * scale, b * scale + beta - mean * scale)


def with_normalization(layers: Sequence[Layer], normal: Normalization) -> list[Layer] | None:
    """Layers that take raw samples, the normalization being part of the first one's W and b; None
    where that cannot be exact, or the first layer has no weights.

    A dense layer can always take it. A convolution can if it is the same at every place: it has one
    kernel for all of them. And what is padded is 0 behind the normalization, so before it, it would
    have to be the shift: with padding, the shift must be 0.
    """
    depth = next((at for at, layer in enumerate(layers) if not isinstance(layer, Flatten)), 0)
    first = layers[depth]
    if isinstance(first, Dense):
        W, b = first.params
        return [*layers[:depth], Dense(*normal.fold(W, b)), *layers[depth + 1 :]]
    if depth or not isinstance(first, Convolution) or not takes_in(first, normal):
        return None
    W, *bias = first.params
    under = normal.under(W.shape[:3])
    b = bias[0] if bias else zeros(W.shape[-1], W)
    kernels, b = under.fold(W.reshape(-1, W.shape[-1]), b)
    return [with_weights(first, kernels.reshape(W.shape), b if bias else None), *layers[1:]]


def takes_in(layer: Convolution, normal: Normalization) -> bool:
    """Whether the normalization can be part of the kernels."""
    W, *bias = layer.params
    shifted = bool(normal.shift.any())
    padded = layer.window.padding == "same" and max(W.shape[:2]) > 1
    return W.ndim == 4 and normal.even and not (shifted and (padded or not bias))


def with_weights(layer: Dense | Convolution, W: Array, b: Array | None) -> Layer:
    """The same layer with these in the dtype of its own."""
    arrays = [a.astype(layer.params[0].dtype) for a in (W, b) if a is not None]
    if isinstance(layer, Dense):
        return Dense(*arrays)
    return Convolution(*arrays, stride=layer.window.stride, padding=layer.window.padding)

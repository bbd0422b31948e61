"""Which part of a sample speaks for an answer."""

from worker.nn.arrays import Array, Purpose, array_module, generator, zeros_like
from worker.nn.losses import Loss
from worker.nn.network import Network


def towards(label: int, classes: int, loss: Loss, like: Array) -> Array:
    """dZ, (1, k), in which direction the logits speak for a class: for the second of two the one
    logit, against it for the first."""
    Y = loss.targets(array_module(like).array([label]), classes, like)
    return 2 * Y - 1 if Y.shape[1] == 1 else Y


def input_gradient(network: Network, X: Array, dZ: Array) -> Array:
    """How fast dZ · Z grows with each number of samples X, (m, …); of X's shape.

    Args:
        dZ: of the logits, (m, k).
    """
    _, tape = network.forward(X)
    tape.backward(dZ)
    return tape.to_input(dZ)


def smoothed_gradient(
    network: Network, X: Array, dZ: Array, deviation: float, copies: int
) -> Array:
    """The mean of the input gradient, of X's shape, over copies of samples X, (m, …), to which
    normal noise of this deviation was added: at one place alone it is mostly noise itself.

    Source: Smilkov, Thorat, Kim, Viégas and Wattenberg, SmoothGrad: removing noise by adding noise,
    2017, section 3.
    """
    chance, total = generator(0, Purpose.EXPLAIN), zeros_like(X)
    for _ in range(copies):
        total += input_gradient(network, X + chance.normal(scale=deviation, size=X.shape), dZ)
    return total / copies


def class_activation(network: Network, X: Array, dZ: Array) -> Array:
    """Where on pictures X, (m, h, w, c), is what speaks for dZ · Z: a number of 0 or more for each
    place of the last layer that still has places, (m, places down, places across).

    That is the sum of its channels, each times the mean slope at which dZ · Z grows with it; what
    speaks against it is 0.

    Source: Selvaraju et al., Grad-CAM: Visual explanations from deep networks via gradient-based
    localization, 2017, equations 1 and 2.
    """
    depth = with_places(network, X[:1])
    A, _ = Network(network.layers[:depth]).forward(X)
    dA = input_gradient(Network(network.layers[depth:]), A, dZ)
    weighted = (dA.mean(axis=(1, 2), keepdims=True) * A).sum(axis=3)
    return array_module(A).maximum(weighted, 0)


def with_places(network: Network, X: Array) -> int:
    """How many layers there are up to the last that returns pictures of more than one place."""
    depth = 0
    for number, layer in enumerate(network.layers, start=1):
        X, _ = layer.forward(X)
        if X.ndim == 4 and X.shape[1] * X.shape[2] > 1:
            depth = number
    return depth

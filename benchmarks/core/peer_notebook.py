"""Plain NumPy as the course's notebooks write it: samples in columns, lists of layers."""

from collections.abc import Iterator

import numpy as np

from benchmarks.core.workloads import Training, Workload
from worker.nn.arrays import Array

BETA1, BETA2, EPS = 0.9, 0.999, 1e-8


def notebook(workload: Workload) -> Training:
    X, Y = columns(workload)
    W, b = layers(workload)
    params = W + b
    step = {"sgd": descend, "adam": Adam(params).step}[workload.optimizer]
    for epochs in workload.turns():
        for epoch in epochs:
            for A, T in batches(workload, epoch, X, Y):
                gradients = backward(W, *forward(W, b, A), T)
                step(params, gradients, workload.learning_rate)
        yield lambda: [p for w, v in zip(W, b, strict=True) for p in (w.T, v[:, 0])]


def columns(workload: Workload) -> tuple[Array, Array]:
    """The samples, (n, m), and what the network should answer, (k, m)."""
    rows, y = workload.inputs()
    Y = np.eye(workload.classes, dtype=rows.dtype)[:, y]
    return np.ascontiguousarray(rows.T), Y if workload.widths[-1] > 1 else Y[1:]


def layers(workload: Workload) -> tuple[list[Array], list[Array]]:
    params = workload.weights()
    return [np.ascontiguousarray(w.T) for w in params[::2]], [v[:, None] for v in params[1::2]]


def batches(workload: Workload, epoch: int, X: Array, Y: Array) -> Iterator[tuple[Array, Array]]:
    """All columns shuffled, then cut."""
    if not workload.whole:
        order = workload.order(epoch)
        X, Y = X[:, order], Y[:, order]
    for at in range(0, workload.rows, workload.batch):
        yield X[:, at : at + workload.batch], Y[:, at : at + workload.batch]


def forward(W: list[Array], b: list[Array], A: Array) -> tuple[Array, list[tuple[Array, Array]]]:
    """The probabilities, and what went into each layer and came out of it."""
    kept = []
    for layer in range(len(W)):
        Z = W[layer] @ A + b[layer]
        kept.append((A, Z))
        if layer < len(W) - 1:
            A = np.maximum(Z, 0)
    return sigmoid(Z) if len(Z) == 1 else softmax(Z), kept


def backward(W: list[Array], A: Array, kept: list[tuple[Array, Array]], Y: Array) -> list[Array]:
    """The gradients of all W, then of all b."""
    m, dW, db = Y.shape[1], [], []
    dZ = A - Y
    for layer in reversed(range(len(W))):
        A_before, _ = kept[layer]
        dW.insert(0, dZ @ A_before.T / m)
        db.insert(0, dZ.sum(axis=1, keepdims=True) / m)
        if layer:
            dZ = W[layer].T @ dZ * (kept[layer - 1][1] > 0)
    return dW + db


def sigmoid(Z: Array) -> Array:
    return 1 / (1 + np.exp(-Z))


def softmax(Z: Array) -> Array:
    e = np.exp(Z - Z.max(axis=0))
    return e / e.sum(axis=0)


def descend(params: list[Array], gradients: list[Array], learning_rate: float) -> None:
    for p, g in zip(params, gradients, strict=True):
        p -= learning_rate * g


class Adam:
    """Its memory: the moments of every parameter, and the number of steps."""

    def __init__(self, params: list[Array]) -> None:
        self.m = [np.zeros_like(p) for p in params]
        self.v = [np.zeros_like(p) for p in params]
        self.t = 0

    def step(self, params: list[Array], gradients: list[Array], learning_rate: float) -> None:
        self.t += 1
        for i, g in enumerate(gradients):
            self.m[i] = BETA1 * self.m[i] + (1 - BETA1) * g
            self.v[i] = BETA2 * self.v[i] + (1 - BETA2) * g**2
            m_hat = self.m[i] / (1 - BETA1**self.t)
            v_hat = self.v[i] / (1 - BETA2**self.t)
            params[i] -= learning_rate * m_hat / (np.sqrt(v_hat) + EPS)

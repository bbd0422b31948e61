"""JAX as its own users write it: one jitted step, whose arrays are given away and come back."""

import math
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.nn import log_softmax, relu, softplus

from benchmarks.core.workloads import Training, Workload

BETA1, BETA2, EPS = 0.9, 0.999, 1e-8


def stepwise(workload: Workload) -> Training:
    """A call for each step, which takes its batch by index."""
    X, Y = arrays(workload)
    step = jax.jit(partial(step_of, workload), donate_argnums=0)
    state = start(workload)
    for epochs in workload.turns():
        for rows in workload.batches(epochs):
            state = step(state, X, Y, rows.astype("int32"))
        yield reading(state)


def scanned(workload: Workload) -> Training:
    """A call for all steps of an epoch but a smaller last one, or of a turn if they are alike."""
    X, Y = arrays(workload)
    step = jax.jit(partial(step_of, workload), donate_argnums=0)
    state = start(workload)

    @partial(jax.jit, donate_argnums=0)
    def steps(state: Any, X: jax.Array, Y: jax.Array, order: jax.Array) -> Any:
        return jax.lax.scan(
            lambda state, rows: (step_of(workload, state, X, Y, rows), None), state, order
        )[0]

    full = workload.rows // workload.batch * workload.batch
    for epochs in workload.turns():
        if workload.whole:
            state = steps(state, X, Y, np.zeros((len(epochs), 1), "int32"))
        for epoch in () if workload.whole else epochs:
            order = workload.order(epoch).astype("int32")
            state = steps(state, X, Y, order[:full].reshape(-1, workload.batch))
            if full < workload.rows:
                state = step(state, X, Y, order[full:])
        yield reading(state)


def arrays(workload: Workload) -> tuple[jax.Array, jax.Array]:
    X, y = workload.inputs()
    return jnp.asarray(X), jnp.asarray(y, "int32" if workload.widths[-1] > 1 else "float32")


def start(workload: Workload) -> Any:
    """Parameters, what the optimizer remembers of them, and the number of steps."""
    params = [jnp.asarray(p) for p in workload.weights()]
    kept = 2 if workload.optimizer == "adam" else 0
    moments = tuple([jnp.zeros_like(p) for p in params] for _ in range(kept))
    return params, moments, jnp.float32(0)


def reading(state: Any) -> Any:
    """How to read the weights, once all steps are done."""
    params, _, _ = jax.block_until_ready(state)
    return lambda: [np.asarray(p) for p in params]


def cost(params: list[jax.Array], X: jax.Array, Y: jax.Array) -> jax.Array:
    Z = X
    for layer in range(0, len(params), 2):
        Z = (relu(Z) if layer else Z) @ params[layer] + params[layer + 1]
    if Z.shape[1] > 1:
        return -jnp.take_along_axis(log_softmax(Z), Y[:, None], axis=1).mean()
    return (softplus(Z[:, 0]) - Y * Z[:, 0]).mean()


def step_of(workload: Workload, state: Any, X: jax.Array, Y: jax.Array, rows: jax.Array) -> Any:
    params, moments, t = state
    batch = (X, Y) if workload.whole else (X[rows], Y[rows])
    gradients = jax.grad(cost)(params, *batch)
    if workload.optimizer == "sgd":
        params = jax.tree.map(lambda p, g: p - workload.learning_rate * g, params, gradients)
        return params, moments, t + 1
    return adam(params, gradients, moments, t + 1, workload.learning_rate)


def adam(params: Any, gradients: Any, moments: Any, t: jax.Array, learning_rate: float) -> Any:
    m = jax.tree.map(lambda m, g: BETA1 * m + (1 - BETA1) * g, moments[0], gradients)
    v = jax.tree.map(lambda v, g: BETA2 * v + (1 - BETA2) * g * g, moments[1], gradients)

    # 1 - BETA2**t would lose four of float32's seven digits in the first steps.
    part1, part2 = (-jnp.expm1(t * math.log(beta)) for beta in (BETA1, BETA2))

    def moved(p: jax.Array, m: jax.Array, v: jax.Array) -> jax.Array:
        m_hat, v_hat = m / part1, v / part2
        return p - learning_rate * m_hat / (jnp.sqrt(v_hat) + EPS)

    return jax.tree.map(moved, params, m, v), (m, v), t

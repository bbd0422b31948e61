"""JAX as its own users write it: one jitted step, whose arrays are given away and come back."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax
from jax.nn import log_softmax, relu, softplus

from benchmarks.convolution.workloads import PictureWorkload
from benchmarks.core.peer_jax import adam, reading
from benchmarks.core.workloads import Training
from worker.training.layer_plan import LayerPlan

LAYOUT = ("NHWC", "HWIO", "NHWC")
Params = Iterator[jax.Array]


def stepwise(workload: PictureWorkload) -> Training:
    """A call for each step, which takes its batch by index."""
    X, y = workload.inputs()
    X, Y = jnp.asarray(X), jnp.asarray(y, "int32" if workload.units > 1 else "float32")
    step = jax.jit(partial(step_of, workload), donate_argnums=0)
    params = [jnp.asarray(p) for p in workload.weights()]
    moments = tuple([jnp.zeros_like(p) for p in params] for _ in range(2))
    state: Any = params, moments, jnp.float32(0)
    for epochs in workload.turns():
        for rows in workload.batches(epochs):
            state = step(state, X, Y, rows.astype("int32"))
        yield reading(state)


def step_of(
    workload: PictureWorkload, state: Any, X: jax.Array, Y: jax.Array, rows: jax.Array
) -> Any:
    params, moments, t = state
    layers = workload.plan().network.layers
    gradients = jax.grad(cost)(params, layers, X[rows], Y[rows])
    return adam(params, gradients, moments, t + 1, workload.learning_rate)


def cost(params: Any, layers: tuple[LayerPlan, ...], X: jax.Array, Y: jax.Array) -> jax.Array:
    Z = through(layers, X, iter(params))
    if Z.shape[1] > 1:
        return -jnp.take_along_axis(log_softmax(Z), Y[:, None], axis=1).mean()
    return (softplus(Z[:, 0]) - Y * Z[:, 0]).mean()


def through(layers: tuple[LayerPlan, ...], X: jax.Array, params: Params) -> jax.Array:
    for layer in layers:
        X = FUNCTIONS[layer.kind](layer, X, params)
    return X


def convolution(plan: Any, X: jax.Array, params: Params) -> jax.Array:
    strides, padding = (plan.stride, plan.stride), plan.padding.upper()
    Z = lax.conv_general_dilated(X, next(params), strides, padding, dimension_numbers=LAYOUT)
    return Z + next(params) if plan.bias else Z


def max_pool(plan: Any, X: jax.Array, params: Params) -> jax.Array:
    window, stride = (1, plan.kernel, plan.kernel, 1), (1, plan.stride, plan.stride, 1)
    return lax.reduce_window(X, -jnp.inf, lax.max, window, stride, plan.padding.upper())


def batch_norm(plan: Any, X: jax.Array, params: Params) -> jax.Array:
    mean, variance = X.mean((0, 1, 2)), X.var((0, 1, 2))
    gamma, beta = next(params), next(params)
    return (X - mean) * (gamma * lax.rsqrt(variance + plan.eps)) + beta


def dense(plan: Any, X: jax.Array, params: Params) -> jax.Array:
    W, b = next(params), next(params)
    return X @ W + b


def residual(plan: Any, X: jax.Array, params: Params) -> jax.Array:
    Z = through(plan.body, X, params)
    return Z + (convolution(plan.projection, X, params) if plan.projection else X)


FUNCTIONS: Any = {
    "convolution": convolution,
    "max_pool": max_pool,
    "global_average_pool": lambda plan, X, params: X.mean((1, 2)),
    "batch_norm": batch_norm,
    "activation": lambda plan, X, params: relu(X),
    "flatten": lambda plan, X, params: X.reshape(len(X), -1),
    "dense": dense,
    "residual": residual,
}

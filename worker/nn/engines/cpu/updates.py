"""The optimizers' rules, for kernels: a step of each for some numbers of a parameter.

`numbers` are those of the rule in this step, as `Optimizer.numbers` has them; G is the gradient, P
the parameter, U and V what is remembered, in the order of `Optimizer.remembers`: a rule that
remembers less does not touch them. The formulas are those of `optimizers`; tests hold the two
against each other.
"""

import math

import numpy

from worker.nn.engines.cpu.functions import real
from worker.nn.engines.cpu.tile import compiled


@compiled
def sgd(like, numbers, G, P, U, V):
    a = real(like, numbers[0])
    for j in range(P.size):
        P[j] -= a * G[j]


@compiled
def momentum(like, numbers, G, P, U, V):
    a, rest = real(like, numbers[0]), real(like, numbers[1])
    for j in range(P.size):
        U[j] += rest * (G[j] - U[j])
        P[j] -= a * U[j]


@compiled
def nesterov(like, numbers, G, P, U, V):
    a, beta = real(like, numbers[0]), real(like, numbers[1])
    for j in range(P.size):
        U[j] = beta * U[j] + G[j]
        P[j] -= a * (G[j] + beta * U[j])


@compiled
def rmsprop(like, numbers, G, P, U, V):
    a, rest, eps = real(like, numbers[0]), real(like, numbers[1]), real(like, numbers[2])
    for j in range(P.size):
        U[j] += rest * (G[j] * G[j] - U[j])
        P[j] -= a * G[j] / (math.sqrt(U[j]) + eps)


@compiled
def adam(like, numbers, G, P, U, V):
    a, m_rest, v_rest = real(like, numbers[0]), real(like, numbers[1]), real(like, numbers[2])
    v_scale, eps = real(like, numbers[3]), real(like, numbers[4])
    for j in range(P.size):
        U[j] += m_rest * (G[j] - U[j])
        V[j] += v_rest * (G[j] * G[j] - V[j])
        P[j] -= a * U[j] / (v_scale * math.sqrt(V[j]) + eps)


@compiled
def adamw(like, numbers, G, P, U, V):
    a, m_rest, v_rest = real(like, numbers[0]), real(like, numbers[1]), real(like, numbers[2])
    v_scale, eps, decay = real(like, numbers[3]), real(like, numbers[4]), real(like, numbers[5])
    for j in range(P.size):
        U[j] += m_rest * (G[j] - U[j])
        V[j] += v_rest * (G[j] * G[j] - V[j])
        P[j] = decay * P[j] - a * U[j] / (v_scale * math.sqrt(V[j]) + eps)


@compiled
def stranger(like, numbers, G, P, U, V):
    """What is in no table: a network of what is no number is seen at once."""
    P[:] = numpy.nan


# By their names in OPTIMIZERS.
UPDATES = {
    "sgd": sgd,
    "momentum": momentum,
    "nesterov": nesterov,
    "rmsprop": rmsprop,
    "adam": adam,
    "adamw": adamw,
}

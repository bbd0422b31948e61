"""What docs/learning.md and its neighbours try: a table of jobs, each as a caller would post it."""

from benchmarks.learning.depths import BEND, BENDS, CORNERS, INITIALIZERS, VANISHING
from benchmarks.learning.lines import (
    ADAM,
    DEEP,
    EPOCHS,
    SGD,
    SHALLOW,
    WIDE,
    Experiment,
    Line,
    dense,
    line,
    normalized,
    optimizer,
    plain,
)
from benchmarks.learning.sizes import BATCH, CACHE, CAPACITY, FIRST_STEP

# The service's own defaults, written out so that the page shows what was asked for.
DEFAULTS = {"sgd": 0.01, "momentum": 0.05, "rmsprop": 0.001, "adam": 0.001}
RATES = (0.00003, 0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3)
RATE_EPOCHS = 20


def rated(kind: str, rate: float, epochs: int = EPOCHS, mark: str = "") -> Line:
    title, steps = f"{kind}, {plain(rate)}", optimizer(kind, rate)
    return line(f"{kind}{mark}", title, dense(WIDE, "relu", "he"), steps, epochs)


DEPTH = Experiment(
    "depth",
    "Sigmoid against relu, eight hidden layers deep",
    (
        line("sigmoid", "sigmoid, 8 layers", dense(DEEP, "sigmoid", "xavier"), SGD),
        line("tanh", "tanh, 8 layers", dense(DEEP, "tanh", "xavier"), SGD),
        line("relu", "relu, 8 layers", dense(DEEP, "relu", "he"), SGD),
        line("sigmoid_shallow", "sigmoid, 1 layer", dense(SHALLOW, "sigmoid", "xavier"), SGD),
        line("sigmoid_adam", "sigmoid, 8 layers, adam", dense(DEEP, "sigmoid", "xavier"), ADAM),
    ),
    "sigmoid",
)
BATCH_NORM = Experiment(
    "batch_norm",
    "Eight hidden layers, without batch normalization and with it",
    (
        line("sigmoid", "sigmoid", dense(DEEP, "sigmoid", "xavier"), SGD),
        line(
            "sigmoid_normalized", "sigmoid, batch_norm", normalized(DEEP, "sigmoid", "xavier"), SGD
        ),
        line("relu", "relu", dense(DEEP, "relu", "he"), SGD),
        line("relu_normalized", "relu, batch_norm", normalized(DEEP, "relu", "he"), SGD),
    ),
    "sigmoid_normalized",
)
START = Experiment(
    "start",
    "N(0, 1) against he",
    (
        line("relu_normal", "relu, N(0, 1)", dense(WIDE, "relu", "normal"), SGD),
        line("relu_he", "relu, he", dense(WIDE, "relu", "he"), SGD),
        line("tanh_normal", "tanh, N(0, 1)", dense(WIDE, "tanh", "normal"), SGD),
        line("tanh_xavier", "tanh, xavier", dense(WIDE, "tanh", "xavier"), SGD),
        line("zeros", "relu, zeros", dense(WIDE, "relu", "zeros"), SGD),
    ),
    "relu_normal",
)


def fed(name: str, normalization: str, rate: float) -> Line:
    rest = {
        "normalization": normalization,
        **optimizer("sgd", rate),
    }
    return line(name, f"{normalization}, {plain(rate)}", dense(WIDE, "relu", "he"), rest)


NORMALIZATION = Experiment(
    "normalization",
    "Raw pixels against standardized",
    (
        fed("none", "none", 0.01),
        fed("none_slow", "none", 1e-6),
        fed("scale", "scale", 0.01),
        fed("scale_fast", "scale", 0.1),
        fed("standardize", "standardize", 0.01),
    ),
    "scale_fast",
)
OPTIMIZERS = Experiment(
    "optimizers",
    "sgd, momentum, rmsprop and adam, each at its default rate",
    tuple(rated(kind, rate) for kind, rate in DEFAULTS.items()),
    "rmsprop",
)
SWEEP = Experiment(
    "rates",
    "The same four at many rates",
    tuple(rated(kind, rate, RATE_EPOCHS, f"_{plain(rate)}") for kind in DEFAULTS for rate in RATES),
    "momentum_0.1",
)
EXPERIMENTS = (
    *(BEND, CORNERS, DEPTH, BENDS, VANISHING, BATCH_NORM, START, INITIALIZERS, NORMALIZATION),
    *(OPTIMIZERS, SWEEP, FIRST_STEP, BATCH, CACHE),
    CAPACITY,
)

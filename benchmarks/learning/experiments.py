"""What docs/learning.md tries: a table of jobs, each as a caller would post it."""

from decimal import Decimal
from typing import NamedTuple

from worker.jsontypes import Json

SEEDS = (1, 2, 3)


class Line(NamedTuple):
    """Jobs that differ in their seed alone: a line in a plot, a row in a table."""

    name: str
    title: str
    spec: Json

    @property
    def out_of_use(self) -> str:
        """The vital sign by which a unit counts as out of use."""
        # A relu is flat on one half by design: it is lost only when it is so on every row.
        return "dead" if bend(self.spec["network"]) == "relu" else "saturated"


class Experiment(NamedTuple):
    """A question, and the jobs that answer it."""

    name: str
    title: str
    lines: tuple[Line, ...]


def dense(hidden_units: list[int], activation: str, initializer: str) -> Json:
    return {
        "hidden_units": hidden_units,
        "activation": activation,
        "initializer": initializer,
    }


def normalized(hidden_units: list[int], activation: str, initializer: str) -> Json:
    """The dense network of the same words, with a batch normalization before each activation."""
    layers: list[Json] = [{"kind": "flatten"}]
    for units in hidden_units:
        layers += [
            {"kind": "dense", "units": units},
            {"kind": "batch_norm"},
            {"kind": "activation", "activation": activation},
        ]
    return {"kind": "layers", "layers": layers, "initializer": initializer}


def bend(network: Json) -> str:
    """The activation between the layers of a network."""
    parts = network.get("layers", [network])
    return next(part["activation"] for part in parts if "activation" in part)


DEEP, SHALLOW, WIDE = [20] * 8, [20], [40, 20]
SGD: Json = {"optimizer": {"kind": "sgd", "learning_rate": 0.01}}
ADAM: Json = {"optimizer": {"kind": "adam", "learning_rate": 0.001}}
# The service's own defaults, written out so that the page shows what was asked for.
DEFAULTS = {"sgd": 0.01, "momentum": 0.05, "rmsprop": 0.001, "adam": 0.001}
RATES = (0.00003, 0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3)
EPOCHS, RATE_EPOCHS = 60, 20


def plain(number: float) -> str:
    """Without an exponent: 0.00003, where :g writes 3e-05."""
    return f"{Decimal(f'{number:.3g}'):f}"


def line(name: str, title: str, network: Json, rest: Json, epochs: int = EPOCHS) -> Line:
    return Line(name, title, {"network": network, **rest, "epochs": epochs})


def rated(kind: str, rate: float, epochs: int = EPOCHS, mark: str = "") -> Line:
    optimizer = {"optimizer": {"kind": kind, "learning_rate": rate}}
    title = f"{kind}, {plain(rate)}"
    return line(f"{kind}{mark}", title, dense(WIDE, "relu", "he"), optimizer, epochs)


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
)


def fed(name: str, normalization: str, rate: float) -> Line:
    rest = {
        "normalization": normalization,
        "optimizer": {"kind": "sgd", "learning_rate": rate},
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
)
OPTIMIZERS = Experiment(
    "optimizers",
    "sgd, momentum, rmsprop and adam, each at its default rate",
    tuple(rated(kind, rate) for kind, rate in DEFAULTS.items()),
)
SWEEP = Experiment(
    "rates",
    "The same four at many rates",
    tuple(rated(kind, rate, RATE_EPOCHS, f"_{plain(rate)}") for kind in DEFAULTS for rate in RATES),
)
EXPERIMENTS = (DEPTH, BATCH_NORM, START, NORMALIZATION, OPTIMIZERS, SWEEP)

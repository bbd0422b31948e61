"""What the figures of docs/learning.md and its neighbours are made of: jobs, each as a caller would
post it."""

from decimal import Decimal
from typing import NamedTuple

from worker.jsontypes import Json

SEEDS = (1, 2, 3)
SKETCHES = "sketches"  # the pictures that the service draws itself


class Line(NamedTuple):
    """Jobs that differ in their seed alone: a line in a plot, a row in a table.

    Attributes:
        dataset: its name in samples.FILES.
        trained: whether the jobs are trained.
        lesson: whether the first step of each is asked for.
        plane: whether the models are asked about points of a plane.
    """

    name: str
    title: str
    spec: Json
    dataset: str = SKETCHES
    trained: bool = True
    lesson: bool = False
    plane: bool = False

    @property
    def out_of_use(self) -> str:
        """The vital sign by which a unit counts as out of use."""
        # A relu is flat on one half by design: it is lost only when it is so on every row.
        return "dead" if bend(self.spec["network"]) == "relu" else "saturated"


class Experiment(NamedTuple):
    """A question, and the jobs that answer it.

    Attributes:
        shown: the name of the line whose spec stands below the figure.
        seeds: of each line.
    """

    name: str
    title: str
    lines: tuple[Line, ...]
    shown: str
    seeds: tuple[int, ...] = SEEDS


def dense(hidden_units: list[int], activation: str, initializer: str) -> Json:
    return {
        "hidden_units": hidden_units,
        "activation": activation,
        "initializer": initializer,
    }


def wild(hidden_units: list[int], activation: str, scale: float) -> Json:
    """One whose weights all have the same deviation, whatever the widths."""
    return {**dense(hidden_units, activation, "normal"), "initializer_scale": scale}


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
EPOCHS = 60


def optimizer(kind: str, rate: float) -> Json:
    return {"optimizer": {"kind": kind, "learning_rate": rate}}


SGD, ADAM = optimizer("sgd", 0.01), optimizer("adam", 0.001)


def plain(number: float) -> str:
    """Without an exponent: 0.00003, where :g writes 3e-05."""
    return f"{Decimal(f'{number:.3g}'):f}"


def line(name: str, title: str, network: Json, rest: Json, epochs: int = EPOCHS) -> Line:
    return Line(name, title, {"network": network, **rest, "epochs": epochs})

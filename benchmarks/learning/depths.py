"""What docs/learning.md tries of what lies between layers: bends, depth and starting weights."""

from benchmarks.learning.lines import (
    DEEP,
    SGD,
    WIDE,
    Experiment,
    Line,
    dense,
    line,
    optimizer,
    wild,
)
from worker.jsontypes import Json

BEND = Experiment(
    "bend",
    "Identity against relu, on the same layers",
    (
        line("none", "no hidden layer", dense([], "identity", "xavier"), SGD),
        line("identity", "identity, 2 layers", dense(WIDE, "identity", "xavier"), SGD),
        line("identity_deep", "identity, 8 layers", dense(DEEP, "identity", "xavier"), SGD),
        line("relu", "relu, 2 layers", dense(WIDE, "relu", "he"), SGD),
        line("relu_deep", "relu, 8 layers", dense(DEEP, "relu", "he"), SGD),
    ),
    "identity",
)


def of_corners(activation: str, initializer: str) -> Line:
    network, steps = dense([8, 8], activation, initializer), optimizer("adam", 0.01)
    made = line(activation, f"{activation}, 2 layers", network, steps)
    return made._replace(dataset="corners", plane=True)


CORNERS = Experiment(
    "corners",
    "What identity and relu make of a plane",
    (of_corners("identity", "xavier"), of_corners("relu", "he")),
    "relu",
)

# With each, the initializer that suits it.
FIVE = {
    "sigmoid": "xavier",
    "tanh": "xavier",
    "relu": "he",
    "leaky_relu": "he",
    "gelu": "he",
}
DEPTHS = (2, 8, 20)
BENDS = Experiment(
    "bends",
    "Five activations at three depths",
    tuple(
        line(
            f"{activation}_{depth}",
            f"{activation}, {depth} layers",
            dense([20] * depth, activation, initializer),
            SGD,
        )
        for activation, initializer in FIVE.items()
        for depth in DEPTHS
    ),
    "leaky_relu_20",
)

# As many units as a lesson shows of each layer.
VERY_DEEP = [32] * 20
TOO_LARGE = 0.5  # with 32 inputs, each layer of relu doubles what it gets


def followed(name: str, title: str, network: Json) -> Line:
    """Jobs on small pictures whose first step is looked at too; in float64, since what explodes
    makes the last digit larger as well."""
    made = line(name, title, network, {**SGD, "precision": "float64"})
    return made._replace(dataset="thumbs", lesson=True)


VANISHING = Experiment(
    "vanishing",
    "Vanishing beside exploding, twenty hidden layers deep",
    (
        followed("sigmoid", "sigmoid, xavier", dense(VERY_DEEP, "sigmoid", "xavier")),
        followed("relu_small", "relu, xavier", dense(VERY_DEEP, "relu", "xavier")),
        followed("relu", "relu, he", dense(VERY_DEEP, "relu", "he")),
        followed("relu_large", "relu, N(0, 0.25)", wild(VERY_DEEP, "relu", TOO_LARGE)),
        followed("tanh_large", "tanh, N(0, 0.25)", wild(VERY_DEEP, "tanh", TOO_LARGE)),
    ),
    "relu_large",
)
INITIALIZERS = Experiment(
    "initializers",
    "He, Xavier and Glorot, twenty hidden layers deep",
    tuple(
        followed(
            f"{activation}_{initializer}",
            f"{activation}, {initializer}",
            dense(VERY_DEEP, activation, initializer),
        )
        for activation in ("relu", "tanh")
        for initializer in ("he", "xavier", "glorot")
    ),
    "relu_xavier",
)

"""What the words of docs/learning.md say is what was measured."""

from collections.abc import Callable, Sequence

import pytest

from benchmarks.learning.learning_page import known
from worker.jsontypes import Json

# Five bends less the one that lets the gradient vanish, at twenty layers.
CARRYING = ("tanh_20", "relu_20", "leaky_relu_20", "gelu_20")


@pytest.fixture(scope="module")
def numbers() -> Json:
    return known()


def codes(line: Json) -> set[str]:
    return {finding["code"] for finding in line["findings"]}


def width(line: Json, measure: str) -> float:
    """From the lowest to the highest of the seeds."""
    low, high = line["ranges"][measure]
    return float(high) - float(low)


def between(numbers: Json, figure: str, lines: Sequence[str], measure: str) -> float:
    """From the lowest to the highest of some lines."""
    found = [numbers[figure][line][measure] for line in lines]
    return float(max(found)) - float(min(found))


# What the words of the page say. Where one of these fails, new numbers want new words.
CLAIMS: dict[str, Callable[[Json], bool]] = {
    "a deep sigmoid does not learn": lambda n: (
        n["depth"]["sigmoid"]["loss"] > 0.95 * n["about"]["guess"]
    ),
    "its gradient shrinks about fourfold at a layer": lambda n: (
        3.5 < n["depth"]["sigmoid"]["shrinks_by"] < 5
    ),
    "that of relu and tanh hardly shrinks": lambda n: (
        max(n["depth"][name]["shrinks_by"] for name in ("relu", "tanh")) < 1.5
    ),
    "a deep relu learns": lambda n: n["depth"]["relu"]["loss"] < n["about"]["guess"] / 10,
    "a shallow sigmoid learns": lambda n: (
        n["depth"]["sigmoid_shallow"]["loss"] < n["about"]["guess"] / 2
    ),
    "adam brings the deep sigmoid to learn, later and less than relu": lambda n: (
        n["depth"]["sigmoid_adam"]["learned_epoch"] > n["depth"]["relu"]["learned_epoch"]
        and n["depth"]["sigmoid_adam"]["loss"] > n["depth"]["relu"]["loss"]
    ),
    "the doctor sees the gradients vanish": lambda n: (
        "vanishing_gradients" in codes(n["depth"]["sigmoid"])
    ),
    "batch normalization brings the deep sigmoid to learn": lambda n: (
        n["batch_norm"]["sigmoid_normalized"]["loss"] < n["about"]["guess"] / 2
        and n["batch_norm"]["sigmoid"]["loss"] > 0.95 * n["about"]["guess"]
    ),
    "its gradient hardly shrinks then": lambda n: (
        n["batch_norm"]["sigmoid_normalized"]["shrinks_by"] < 1.5
    ),
    "relu gains nothing by it": lambda n: (
        n["batch_norm"]["relu"]["learned_epoch"]
        < n["batch_norm"]["relu_normalized"]["learned_epoch"]
        and n["batch_norm"]["relu"]["test_accuracy"]
        > n["batch_norm"]["relu_normalized"]["test_accuracy"]
    ),
    "N(0, 1) begins hundreds of times too high": lambda n: (
        n["start"]["relu_normal"]["first_loss"] > 100 * n["about"]["guess"]
    ),
    "N(0, 1) learns the rows and not the cats": lambda n: (
        n["start"]["relu_normal"]["train_accuracy"]
        > n["start"]["relu_normal"]["test_accuracy"] + 0.1
    ),
    "zeros never move": lambda n: n["start"]["zeros"]["loss"] == n["about"]["guess"],
    "raw pixels kill a whole layer": lambda n: n["normalization"]["none"]["out_of_use"] == 1,
    "and so does a large rate with scale": lambda n: (
        n["normalization"]["scale_fast"]["out_of_use"] == 1
    ),
    "raw pixels at a tiny rate stay above a guess": lambda n: (
        n["normalization"]["none_slow"]["loss"] > n["about"]["guess"]
    ),
    "standardize is faster than scale": lambda n: (
        5 * n["normalization"]["standardize"]["learned_epoch"]
        < n["normalization"]["scale"]["learned_epoch"]
    ),
    "layers of identity stay far below those of relu": lambda n: all(
        n["bend"][name]["ranges"]["test_accuracy"][1] + 0.1
        < n["bend"][bent]["ranges"]["test_accuracy"][0]
        for name in ("none", "identity", "identity_deep")
        for bent in ("relu", "relu_deep")
    ),
    "of facing corners identity knows nothing, and relu nearly all": lambda n: (
        n["corners"]["identity"]["ranges"]["test_accuracy"][1] < 0.6
        and n["corners"]["relu"]["ranges"]["test_accuracy"][0] > 0.95
    ),
    "both have as many parameters": lambda n: (
        n["corners"]["identity"]["parameters"] == n["corners"]["relu"]["parameters"]
    ),
    "a straight cut sorts the training pictures and has learned little": lambda n: (
        n["bend"]["none"]["train_accuracy"] > 0.95 and n["bend"]["none"]["test_accuracy"] < 0.75
    ),
    "the doctor sees that layers collapse": lambda n: (
        "linear_collapse" in codes(n["bend"]["identity"])
    ),
    "with sigmoid two layers learn slowly, eight and twenty do not": lambda n: (
        n["bends"]["sigmoid_2"]["loss"] < 0.8 * n["about"]["guess"]
        and min(n["bends"][f"sigmoid_{depth}"]["loss"] for depth in (8, 20)) == n["about"]["guess"]
    ),
    "the other four hand gradients on": lambda n: all(
        0.8 < n["bends"][f"{bend}_{depth}"]["shrinks_by"] < 1.4
        for bend in ("tanh", "relu", "leaky_relu", "gelu")
        for depth in (2, 8, 20)
    ),
    "with two layers three are alike, and tanh is slower": lambda n: (
        max(n["bends"][f"{bend}_2"]["loss"] for bend in ("relu", "leaky_relu", "gelu")) < 0.006
        and n["bends"]["tanh_2"]["loss"] > 0.05
    ),
    "with twenty all begin later, and tanh is the steadiest": lambda n: all(
        n["bends"][f"{bend}_20"]["learned_epoch"] > n["bends"][f"{bend}_2"]["learned_epoch"]
        and width(n["bends"]["tanh_20"], "loss") < width(n["bends"][f"{bend}_20"], "loss")
        for bend in ("relu", "leaky_relu", "gelu")
    ),
    "leaky_relu goes from a hundredth of the guess to most of it": lambda n: (
        n["bends"]["leaky_relu_20"]["ranges"]["loss"][0] < 0.01 * n["about"]["guess"]
        and n["bends"]["leaky_relu_20"]["ranges"]["loss"][1] > 0.5 * n["about"]["guess"]
    ),
    "twenty layers are no better on new pictures than two": lambda n: all(
        n["bends"][f"{bend}_20"]["test_accuracy"] < n["bends"][f"{bend}_2"]["test_accuracy"]
        for bend in ("sigmoid", "tanh", "relu", "leaky_relu", "gelu")
    ),
    "relu with he is level there and back": lambda n: all(
        0.9 < n["vanishing"]["relu"][way] < 1.1 for way in ("forth", "back")
    ),
    "at twenty layers the seeds of leaky_relu and gelu differ more than the bends": lambda n: all(
        width(n["bends"][f"{bend}_20"], "loss") > between(n, "bends", CARRYING, "loss")
        for bend in ("leaky_relu", "gelu")
    ),
    "sigmoid divides the gradient by three to five at each layer": lambda n: all(
        3 < n["bends"][f"sigmoid_{depth}"]["shrinks_by"] < 5 for depth in (2, 8, 20)
    ),
    "with xavier two thirds are left, there and back": lambda n: all(
        0.6 < n["vanishing"]["relu_small"][way] < 0.75 for way in ("forth", "back")
    ),
    "with larger weights all about doubles, and every job diverges": lambda n: (
        all(1.8 < n["vanishing"]["relu_large"][way] < 2.1 for way in ("forth", "back"))
        and n["vanishing"]["relu_large"]["ranges"]["cost_after"][0] > 1e75
        and n["vanishing"]["relu_large"]["ranges"]["loss"] == [None, None]
    ),
    "sigmoid vanishes on the way back alone": lambda n: (
        n["vanishing"]["sigmoid"]["forth"] > 0.95 and n["vanishing"]["sigmoid"]["back"] < 0.3
    ),
    "tanh explodes on the way back alone": lambda n: (
        0.95 < n["vanishing"]["tanh_large"]["forth"] < 1.05
        and n["vanishing"]["tanh_large"]["ranges"]["back"][0] > 1.1
        and n["vanishing"]["tanh_large"]["test_accuracy"]
        < n["vanishing"]["relu"]["test_accuracy"] - 0.1
    ),
    "with relu the two of he is worth everything": lambda n: (
        n["initializers"]["relu_he"]["loss"] < n["about"]["guess"] / 10
        and all(
            n["initializers"][f"relu_{one}"]["loss"] > 0.98 * n["about"]["guess"]
            and 0.63 < n["initializers"][f"relu_{one}"]["forth"] < 0.75
            for one in ("xavier", "glorot")
        )
    ),
    "between xavier and glorot there is nothing to choose": lambda n: all(
        abs(
            n["initializers"][f"{bend}_xavier"]["forth"]
            - n["initializers"][f"{bend}_glorot"]["forth"]
        )
        < 0.02
        for bend in ("relu", "tanh")
    ),
    "tanh keeps its numbers with he, begins sooner, and is not better": lambda n: (
        n["initializers"]["tanh_he"]["forth"] > n["initializers"]["tanh_xavier"]["forth"]
        and n["initializers"]["tanh_he"]["ranges"]["learned_epoch"][1]
        < n["initializers"]["tanh_xavier"]["ranges"]["learned_epoch"][0]
        and n["initializers"]["tanh_he"]["test_accuracy"]
        < n["initializers"]["tanh_xavier"]["test_accuracy"]
    ),
}


@pytest.mark.parametrize("claim", CLAIMS)
def test_what_the_pages_say_is_so(claim: str, numbers: Json) -> None:
    assert CLAIMS[claim](numbers)

import tracemalloc
from typing import Any

import numpy as np
import pytest

from worker.data import dataset
from worker.data.dataset import Split
from worker.jsontypes import Json
from worker.nn.activations import ACTIVATIONS
from worker.nn.convolution import Convolution
from worker.nn.layers import Activate, Dense, Layer
from worker.nn.losses import LOGISTIC, SOFTMAX, Loss
from worker.nn.metrics import auc, calibration_error, confidence, confusion, temperature
from worker.nn.network import Network, dense_network
from worker.nn.pooling import GlobalAverage
from worker.nn.residual import Residual
from worker.training import evaluate as evaluating
from worker.training.evaluate import (
    Answers,
    cut,
    fitted_temperature,
    measures,
    most_rows,
    passed,
    summary,
)

RELU = ACTIVATIONS["relu"]
TWO, THREE = ["no", "yes"], ["a", "b", "c"]


def passing(units: int, factor: float = 1) -> Network:
    """A network whose logits are its inputs, so many times."""
    pairs = [(np.eye(units) * factor, np.zeros(units))]
    return dense_network(pairs, ACTIVATIONS["identity"])


def evaluated(network: Network, loss: Loss, split: Split, classes: list[str]) -> Json:
    return measures(Answers(network, loss, split, len(classes)), classes)


def test_two_classes_worked_by_hand() -> None:
    split = Split.whole(np.array([[2.0], [1.0], [-1.0], [-3.0]]), np.array([1, 0, 1, 0]))
    found = evaluated(passing(1), LOGISTIC, split, TWO)
    costs = [np.log1p(np.exp(-z)) for z in (2, -1, -1, 3)]
    assert found["loss"] == pytest.approx(np.mean(costs))
    assert found["confusion"] == [[1, 1], [1, 1]]
    assert (found["rows"], found["accuracy"], found["majority_baseline"]) == (4, 0.5, 0.5)
    assert found["auc"] == 0.75
    assert found["per_class"]["yes"] == {"precision": 0.5, "recall": 0.5}


def test_three_classes_worked_by_hand() -> None:
    split = Split.whole(np.eye(3)[[0, 1, 1, 2]] * 5, np.array([0, 1, 2, 2]))
    found = evaluated(passing(3), SOFTMAX, split, THREE)
    assert found["confusion"] == [[1, 0, 0], [0, 1, 0], [0, 1, 1]]
    assert (found["accuracy"], found["majority_baseline"]) == (0.75, 0.5)
    assert found["auc"] is None
    assert found["per_class"]["b"] == {"precision": 0.5, "recall": 1}
    certain = np.exp(5) / (np.exp(5) + 2)
    assert found["calibration_error"] == pytest.approx(certain - 0.75)


def test_what_is_repeated_of_many_classes_leaves_out_what_grows_with_them() -> None:
    few, many = ({"accuracy": 1.0, "confusion": [[1]], "per_class": dict.fromkeys(range(count))}
                 for count in (20, 21))  # fmt: skip
    result = {"train": few, "validation": None, "test": many, "temperature": 1.5}
    short = {"accuracy": 1.0, "confusion": None, "per_class": None}
    assert summary(result) == {**result, "test": short}


def test_a_split_is_judged_by_its_own_rows_only() -> None:
    x, y = np.array([[9.0], [-9.0], [9.0]]), np.array([1, 1, 1])
    part = Split(x, y[:2], np.array([0, 2]))
    found = evaluated(passing(1), LOGISTIC, part, TWO)
    assert found["accuracy"] == 1


@pytest.mark.parametrize("factor", [0.5, 1, 4])
def test_answers_too_sure_by_a_factor_have_it_as_their_temperature(factor: float) -> None:
    rng = np.random.default_rng(0)
    z = rng.normal(size=(20_000, 1)) * 2
    y = (rng.random(20_000) < 1 / (1 + np.exp(-z[:, 0]))).astype(int)
    found = fitted_temperature(factor * z, LOGISTIC, y, 2)
    assert found == pytest.approx(factor, rel=0.05)


def at_once(loss: Loss, split: Split, classes: int) -> dict[str, Any]:
    """What is said of the logits that `passing` returns, all of them together."""
    Z, y = split.x, split.y  # noqa: N806
    Y = loss.targets(y, classes, Z)  # noqa: N806
    return {
        "loss": float(loss.cost(Z, Y, 1)[0]),
        "calibration_error": calibration_error(*confidence(loss.probabilities(Z), y)),
        "confusion": confusion(y, loss.answers(Z), classes),
        "auc": auc(y, Z[:, 0]) if classes == 2 else None,
        "temperature": temperature(lambda divisor: float(loss.cost(Z / divisor, Y, 1)[0])),
    }


@pytest.mark.parametrize(("loss", "classes"), [(LOGISTIC, 2), (SOFTMAX, 3), (SOFTMAX, 41)])
@pytest.mark.parametrize("rows", [1, 100, 4_001])
def test_what_is_said_of_pieces_is_to_the_last_bit_what_is_said_of_all(
    loss: Loss, classes: int, rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    units, rng = loss.units(classes), np.random.default_rng(rows)
    split = Split.whole(rng.normal(size=(rows, units)) * 9, rng.integers(0, classes, rows))
    whole = at_once(loss, split, classes)
    monkeypatch.setattr(evaluating, "PIECE_BYTES", 8 * units * 301)
    monkeypatch.setattr(evaluating, "PASSING_BYTES", 8 * 2 * units * 70)
    monkeypatch.setattr(dataset, "BLOCK_BYTES", 8 * units * 1_000)
    names = [str(k) for k in range(classes)]
    found = evaluated(passing(units), loss, split, names)
    found["temperature"] = fitted_temperature(split.x, loss, split.y, classes)
    assert {name: found[name] for name in whole} == whole


def test_of_many_rows_and_classes_only_a_block_is_in_memory() -> None:
    rows, classes = 20_000, 250
    split = Split.whole(np.zeros((rows, 16, 16, 3), "uint8"), np.arange(rows) % classes)
    network = dense_network([(np.ones((768, classes)), np.zeros(classes))], ACTIVATIONS["relu"])
    tracemalloc.start()
    evaluated(network, SOFTMAX, split, [str(k) for k in range(classes)])
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8 * rows * classes


@pytest.mark.parametrize(("rows", "most"), [(0, 64), (1, 64), (64, 64), (127, 64), (1_000, 128)])
def test_rows_are_cut_into_parts_none_of_which_is_small_or_much_too_large(
    rows: int, most: int
) -> None:
    parts = [range(rows)[part] for part in cut(rows, most)]
    assert [row for part in parts for row in part] == [*range(rows)]
    assert max(map(len, parts)) < most + 64
    assert len(parts) == 1 or min(map(len, parts)) >= 64


def of_pictures() -> Network:
    """A convolutional network for pictures of 32 × 32 in colour."""
    rng = np.random.default_rng(0)
    inner: list[Layer] = [Convolution(rng.normal(size=(3, 3, 8, 16))), Activate(RELU)]
    layers: list[Layer] = [
        Convolution(rng.normal(size=(3, 3, 3, 8)) / 255),
        Residual(inner, Convolution(rng.normal(size=(1, 1, 8, 16)))),
        GlobalAverage(),
        Dense(rng.normal(size=(16, 2)), np.zeros(2)),
    ]
    return Network(layers)


def test_pictures_pass_in_blocks_by_what_a_layer_holds_of_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rng, network = np.random.default_rng(1), of_pictures()
    split = Split.whole(rng.integers(0, 256, (120, 32, 32, 3), dtype="uint8"), np.arange(120) % 2)
    whole = evaluated(network, SOFTMAX, split, TWO)
    monkeypatch.setattr(evaluating, "PASSING_BYTES", 8 * 2**20)
    # Most is held where its activation takes 16 channels and returns as many.
    assert most_rows(network, (32, 32, 3)) == 8 * 2**20 // (8 * 3 * 32 * 32 * (16 + 16))
    tracemalloc.start()
    found = evaluated(network, SOFTMAX, split, TWO)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 16 * 2**20
    assert found["confusion"] == whole["confusion"]
    assert found["loss"] == pytest.approx(whole["loss"], rel=1e-12)


def test_of_what_passes_through_a_network_the_layers_of_residuals_are_counted() -> None:
    sides = 32 * 32
    assert passed(of_pictures(), (32, 32, 3)) == [
        (3 * sides, 8 * sides),
        (8 * sides, 16 * sides),
        (8 * sides, 16 * sides),
        (16 * sides, 16 * sides),
        (16 * sides, 16),
        (16, 2),
    ]

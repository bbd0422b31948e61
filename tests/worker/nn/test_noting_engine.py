from collections.abc import Sequence

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from tests.worker.nn.gradcheck import numeric_gradient, relative_error
from worker.nn.activations import ACTIVATIONS
from worker.nn.arrays import Array
from worker.nn.batch_normalization import BatchNormalization
from worker.nn.convolution import Convolution
from worker.nn.engine import Eager
from worker.nn.layers import Activate, Dense, Dropout, Flatten, Layer
from worker.nn.losses import loss_for
from worker.nn.network import Network
from worker.nn.notebook import Note, Notebook
from worker.nn.noting_engine import NotingEngine
from worker.nn.pooling import GlobalAverage, Pooling
from worker.nn.pools import POOLS
from worker.nn.residual import Residual
from worker.nn.windows import Window

RNG = np.random.default_rng(5)


def drawn(*shape: int) -> Array:
    return RNG.normal(size=shape)


def activate(name: str) -> Activate:
    return Activate(ACTIVATIONS[name])


class Step:
    """One step of a network, written down.

    Attributes:
        notes: by their names.
        gradients: by the names of the parameters.
    """

    def __init__(self, layers: Sequence[Layer], names: str, X: Array, classes: int = 2) -> None:
        self.network, self.X = Network(layers), X
        self.loss = loss_for(classes)
        self.Y = self.loss.targets(np.arange(len(X)) % classes, classes, X)
        given = dict(zip(names.split(), self.network.arrays, strict=True))
        engine = NotingEngine({"A0": X, "Y": self.Y, **given})
        logits, tape = self.network.forward(X, engine)
        self.cost, dZ = engine.cost(self.loss, logits, self.Y)
        gradients = tape.backward(dZ)
        self.gradients = dict(zip(given, gradients, strict=False))
        self.notes = {note.name: note for note in engine.book.notes}

    def made(self) -> list[Note]:
        return [note for note in self.notes.values() if note.part != "given"]

    def formulas(self) -> list[str]:
        return [note.formula for note in self.made()]

    def eager(self) -> list[Array]:
        """The gradients as `Eager` has them."""
        logits, tape = self.network.forward(self.X, Eager(training=True))
        return tape.backward(self.loss.cost(logits, self.Y, 1)[1])

    def now(self) -> float:
        logits, _ = self.network.forward(self.X, Eager(training=True))
        return float(self.loss.cost(logits, self.Y, 1)[0])


def dense() -> Step:
    layers: list[Layer] = [Flatten(), Dense(drawn(3, 2), drawn(2)), activate("tanh"), Dropout(0.5)]
    return Step([*layers, Dense(drawn(2, 1), drawn(1))], "W1 b1 W2 b2", drawn(4, 3))


def convolutional() -> Step:
    layers: list[Layer] = [
        Convolution(drawn(2, 2, 1, 1), drawn(1), padding="valid"),
        activate("sigmoid"),
        Flatten(),
        Dense(drawn(4, 3), drawn(3)),
    ]
    return Step(layers, "W1 b1 W2 b2", drawn(4, 3, 3, 1), classes=3)


def normalized() -> Step:
    layers: list[Layer] = [
        Convolution(drawn(3, 3, 2, 3)),
        BatchNormalization(drawn(3), drawn(3)),
        activate("gelu"),
        Pooling(POOLS["max"], Window(2, 2, 2, "valid")),
        GlobalAverage(),
        Dense(drawn(3, 1), drawn(1)),
    ]
    names = "W1 gamma2 beta2 W3 b3 mean2 variance2"
    return Step(layers, names, drawn(4, 4, 4, 2))


def residual() -> Step:
    """One that keeps its shape, and one with a projection."""
    keeping = Residual([Convolution(drawn(3, 3, 2), drawn(2))])
    layers: list[Layer] = [BatchNormalization(drawn(3), drawn(3)), activate("identity")]
    changing = Residual(
        [Convolution(drawn(1, 1, 2, 3), stride=2), *layers],
        Convolution(drawn(1, 1, 2, 3), stride=2),
    )
    first = Convolution(drawn(1, 1, 1, 2), drawn(2))
    names = "W1 b1 W2.1 b2.1 W3.1 gamma3.2 beta3.2 W3.shortcut W4 b4 mean3.2 variance3.2"
    head: list[Layer] = [GlobalAverage(), Dense(drawn(3, 1), drawn(1))]
    return Step([first, keeping, changing, *head], names, drawn(4, 4, 4, 1))


STEPS = dense, convolutional, normalized, residual


def test_dense_layers_are_written_down_in_the_letters_of_the_notation() -> None:
    assert dense().formulas() == [
        "Z1 = A0 W1 + b1",
        "A1 = tanh(Z1)",
        "Z2 = A1 W2 + b2",
        "ŷ = sigmoid(Z2)",
        "J = −(1/m) Σ [Y log ŷ + (1 − Y) log(1 − ŷ)]",
        "dZ2 = (ŷ − Y) / m",
        "dW2 = A1ᵀ dZ2",
        "db2 = Σ dZ2 over the rows",
        "dA1 = dZ2 W2ᵀ",
        "dZ1 = dA1 ∘ tanh'(Z1)",
        "dW1 = A0ᵀ dZ1",
        "db1 = Σ dZ1 over the rows",
    ]


def test_a_convolution_is_written_down_position_by_position() -> None:
    step = convolutional()
    assert step.formulas() == [
        "Z1 = Σ A0(i, j) W1[i, j] + b1",
        "A1 = sigmoid(Z1)",
        "F1 = A1, each sample as a row",
        "Z2 = F1 W2 + b2",
        "ŷ = softmax(Z2)",
        "J = −(1/m) Σ Y log ŷ",
        "dZ2 = (ŷ − Y) / m",
        "dW2 = F1ᵀ dZ2",
        "db2 = Σ dZ2 over the rows",
        "dF1 = dZ2 W2ᵀ",
        "dA1 = dF1, each row as a sample",
        "dZ1 = dA1 ∘ sigmoid'(Z1)",
        "dW1 = A0(i, j)ᵀ dZ1 at each [i, j], over the rows and places",
        "db1 = Σ dZ1 over the rows and places",
    ]
    assert step.notes["dA1"].numbers.shape == (4, 2, 2, 1)


def test_a_batch_normalization_is_written_down_with_its_statistics() -> None:
    found = normalized().formulas()
    assert found[:6] == [
        "Z1 = Σ A0(i, j) W1[i, j]",
        "μ2 = the mean of Z1",
        "σ2 = √(the mean of (Z1 − μ2)² + ε)",
        "Z2 = gamma2 ∘ (Z1 − μ2) / σ2 + beta2",
        "A2 = gelu(Z2)",
        "P2 = the largest of A2(i, j)",
    ]
    assert found[-6:] == [
        "dA2 = dP2, added where A2(i, j) = P2",
        "dZ2 = dA2 ∘ gelu'(Z2)",
        "dgamma2 = Σ dZ2 ∘ (Z1 − μ2) / σ2 over the rows",
        "dbeta2 = Σ dZ2 over the rows and places",
        "dZ1 = gamma2 / σ2 ∘ (dZ2 − (dgamma2 ∘ (Z1 − μ2) / σ2 + dbeta2) / N)",
        "dW1 = A0(i, j)ᵀ dZ1 at each [i, j], over the rows and places",
    ]


def test_what_comes_back_through_a_residual_is_added() -> None:
    found = residual().formulas()
    assert found[1:3] == ["Z2.1 = Σ Z1(i, j) ∘ W2.1[i, j] + b2.1", "R2 = Z2.1 + Z1"]
    assert "R3 = A3.2 + Z3.shortcut" in found
    first = found.index("dR2 = dZ3.1 W3.1[i, j]ᵀ, added at (i, j)")
    assert found[first : first + 7] == [
        "dR2 = dZ3.1 W3.1[i, j]ᵀ, added at (i, j)",
        "dR2′ = dR3 W3.shortcut[i, j]ᵀ, added at (i, j)",
        "dR2′′ = dR2 + dR2′",
        "dW2.1 = Σ Z1(i, j) ∘ dR2′′ at each [i, j], over the rows and places",
        "db2.1 = Σ dR2′′ over the rows and places",
        "dZ1 = dR2′′ ∘ W2.1[i, j], added at (i, j)",
        "dZ1′ = dZ1 + dR2′′",
    ]


@pytest.mark.parametrize("step", [make() for make in STEPS], ids=[make.__name__ for make in STEPS])
class TestEveryStep:
    def test_its_gradients_are_those_of_the_formulas_byte_for_byte(self, step: Step) -> None:
        for (name, found), expected in zip(step.gradients.items(), step.eager(), strict=True):
            assert_array_equal(found, expected, err_msg=name)
            assert_array_equal(step.notes[f"d{name}"].numbers, expected, err_msg=name)

    def test_its_gradients_are_the_derivatives_of_the_cost(self, step: Step) -> None:
        params = zip(step.gradients.items(), step.network.params, strict=True)
        for (name, found), p in params:
            error = relative_error(found, numeric_gradient(step.now, p))
            # The mean of a layer is taken off behind it: the derivative by a bias there is 0.
            assert error < 1e-6 or np.abs(found).max() < 1e-12, name
        assert step.cost == pytest.approx(step.now(), abs=1e-15)

    def test_all_that_is_used_was_there_before(self, step: Step) -> None:
        known: set[str] = set()
        for note in step.notes.values():
            assert {*note.uses} <= known, note.name
            assert note.formula.startswith(f"{note.name} = ") or note.part == "given"
            known.add(note.name)


def test_multiplications_of_three_features_two_units_and_one() -> None:
    counts = {note.name: note.multiplications for note in dense().made() if note.multiplications}
    assert counts == {
        "Z1": 4 * 3 * 2, "Z2": 4 * 2 * 1,
        "dW2": 2 * 4 * 1, "dA1": 4 * 1 * 2, "dZ1": 4 * 2, "dW1": 3 * 4 * 2,
    }  # fmt: skip


def test_multiplications_of_kernels_are_those_on_each_place() -> None:
    notes = convolutional().notes
    on_each = 2 * 2 * 4  # positions of the kernel on a picture, and its places
    assert notes["Z1"].multiplications == notes["dW1"].multiplications == 4 * on_each
    depthwise = residual().notes["Z2.1"]
    assert depthwise.multiplications == 4 * (4 * 4) * (3 * 3 * 2)


def test_what_shares_its_numbers_with_another_says_so() -> None:
    step = convolutional()
    assert [note.name for note in step.made() if note.shared] == ["F1", "dA1"]
    assert [note.name for note in residual().made() if note.shared] == ["A3.2"]


def test_an_average_is_shared_out_evenly() -> None:
    head: list[Layer] = [
        Pooling(POOLS["average"], Window(2, 2, 2)),
        Flatten(),
        Dense(drawn(4, 1), drawn(1)),
    ]
    step = Step([Convolution(drawn(1, 1, 1, 1)), *head], "W1 W2 b2", drawn(2, 4, 4, 1))
    assert step.notes["P1"].formula == "P1 = the mean of Z1(i, j)"
    assert step.notes["dZ1"].formula == "dZ1 = dP1 / count, added at (i, j)"
    assert step.notes["dZ1"].uses == ("dP1",)


def test_an_array_that_nobody_has_named_is_a_fault_of_the_layer() -> None:
    with pytest.raises(KeyError):
        Notebook({"A0": drawn(2, 2)})[drawn(2, 2)]

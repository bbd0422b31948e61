import numpy as np
import pytest

from tests.worker.nn.test_noting_engine import convolutional, dense
from worker.nn.notebook import Note, Notebook, number_of, saved, users


def test_what_keeping_saves_of_three_features_two_units_and_one() -> None:
    found = saved(dense().notes.values())
    assert (found.forward, found.backward) == (24 + 8, 8 + 8 + 8 + 24)
    # Layer 2 needs A1 and ŷ, so all of the way there again; layer 1 needs Z1.
    assert found.without == found.backward + (24 + 8) + 24
    assert found.kept == ("Z1", "A1", "ŷ")
    assert found.numbers == 4 * 2 + 4 * 2 + 4 * 1


def test_numbers_that_are_kept_under_two_names_are_counted_once() -> None:
    found = saved(convolutional().notes.values())
    assert found.kept == ("Z1", "A1", "F1", "ŷ")
    assert found.numbers == 4 * 4 + 4 * 4 + 4 * 3


def test_where_arrays_go() -> None:
    went = users([*dense().notes.values()])
    assert went["A0"] == ["Z1", "dW1"]
    assert went["A1"] == ["Z2", "dW2", "dZ1"]
    assert went["dZ2"] == ["dW2", "db2", "dA1"]
    assert went["db1"] == []


def test_a_transpose_and_another_shape_are_the_same_array() -> None:
    X = np.zeros((2, 3))
    book = Notebook({"W1": X})
    assert book[X.T] == book[X.reshape(6)] == book[X[:]] == "W1"
    assert "W1" in book
    assert "W2" not in book


def test_a_name_that_is_taken_gets_a_prime() -> None:
    book = Notebook({"dA1": np.zeros(2)})
    for name in ("dA1′", "dA1′′"):
        assert book[book.derivative("A1", "1", np.zeros(2), "0", [])] == name
    assert [note.formula for note in book.notes] == ["", "dA1′ = 0", "dA1′′ = 0"]


def test_an_array_under_a_second_name_is_copied() -> None:
    X = np.arange(4.0)
    book = Notebook({"Z1": X})
    A = book.output("A", "1", X, "identity(Z1)", [X])
    assert A is not X
    assert (book[X], book[A]) == ("Z1", "A1")
    assert book.notes[-1] == Note("A1", "A1 = identity(Z1)", A, "forward", "1", ("Z1",), 0, True)


@pytest.mark.parametrize(
    ("name", "number"),
    [("W12", "12"), ("gamma5.1", "5.1"), ("W5.shortcut", "5.shortcut"), ("dA2′′", "2"), ("Y", "")],
)
def test_the_number_of_a_layer_stands_in_a_name(name: str, number: str) -> None:
    assert number_of(name) == number

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from tests.worker.training.starting import NETWORKS, origin_of, spec
from tests.worker.training.test_fit import ID, pictures
from worker.data.dataset import Dataset, Split
from worker.errors import LimitExceeded
from worker.nn.arrays import Array
from worker.nn.engine import Eager
from worker.operations.lesson_examples import EXAMPLES, convolution, dense
from worker.operations.lessons import step_of
from worker.spec import JobSpec
from worker.training import build, lesson_beginning
from worker.training import lesson as lessons
from worker.training.fit import normalization_of
from worker.training.lesson import Lesson
from worker.training.lesson_beginning import few_rows
from worker.training.lesson_words import in_words
from worker.training.problem import Problem

DATA = pictures(rows=30, classes=3)


def of(data: Dataset = DATA, **fields: Any) -> Lesson:
    return step_of(JobSpec.model_validate({"dataset": ID, **fields}), data)


def numbers(found: Lesson, name: str) -> Array:
    return next(note.numbers for note in found.notes if note.name == name)


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_is_held_against_central_differences_and_its_cost_falls(example: Any) -> None:
    found = example()
    parameters = sum(update.before.size for update in found.updates)
    assert found.compared.derivatives == parameters  # all of them
    assert found.compared.difference < 1e-9 < 1e-2 < found.compared.largest
    assert found.after < found.before
    assert found.labels == [*dict.fromkeys(found.labels)] * 2


def test_the_examples_are_of_three_features_and_of_one_kernel() -> None:
    assert numbers(dense(), "W1").shape == (3, 2)
    assert numbers(dense(), "W2").shape == (2, 1)
    assert numbers(convolution(), "W1").shape == (2, 2, 1, 1)
    assert numbers(convolution(), "Z1").shape == (4, 2, 2, 1)


def test_a_number_of_the_example_by_hand() -> None:
    found = dense()
    row, W = numbers(found, "A0")[2], numbers(found, "W1")  # noqa: N806
    assert numbers(found, "Z1")[2, 1] == pytest.approx(2 * W[0, 1] + 1 * W[1, 1] + 0 * W[2, 1])
    assert row.tolist() == [2, 1, 0]
    dZ, A = numbers(found, "dZ2"), numbers(found, "A1")  # noqa: N806
    assert numbers(found, "dW2")[0, 0] == pytest.approx(
        sum(A[row, 0] * dZ[row, 0] for row in range(4))
    )


@pytest.mark.parametrize("kind", NETWORKS)
def test_the_weights_the_rows_and_the_gradients_are_those_of_the_training(kind: str) -> None:
    job = spec(NETWORKS[kind])
    found = step_of(job, DATA)
    plan = build.plan(job, Problem.of_dataset(DATA))
    rows, _ = plan.divided(DATA.train)
    network = plan.network.start("float64")
    for update, p in zip(found.updates, network.params, strict=True):
        assert_array_equal(update.before, p)
    samples = rows.x[found.rows].astype("float64")
    expected = normalization_of(plan, rows, 1).apply(samples)
    assert_allclose(numbers(found, "A0").reshape(expected.shape), expected, rtol=1e-12)
    logits, tape = network.forward(numbers(found, "A0"), Eager(training=True))
    gradients = tape.backward(plan.loss.cost(logits, numbers(found, "Y"), 1)[1])
    for name, g in zip(plan.network.names, gradients, strict=True):
        assert_array_equal(numbers(found, f"d{name}"), g)
    assert found.compared.difference < 1e-6 * max(1, found.compared.largest)
    assert not {note.name for note in found.notes} & {*plan.network.running_names}


def test_the_cost_after_the_step_is_that_of_the_weights_after_it() -> None:
    found = of(network={"hidden_units": [4]}, optimizer={"kind": "sgd", "learning_rate": 0.01})
    plan = build.plan(spec({"hidden_units": [4]}), Problem.of_dataset(DATA))
    network = plan.network.start("float64")
    network.params = [update.after for update in found.updates]
    logits = network.logits(numbers(found, "A0"))
    cost, _ = plan.loss.cost(logits, numbers(found, "Y"), 1)
    assert found.after == pytest.approx(float(cost), rel=1e-12)
    assert found.after < found.before


def test_the_rows_are_of_as_many_classes_as_there_are() -> None:
    assert few_rows(np.array([0, 0, 0, 0, 0, 1, 2])).tolist() == [0, 1, 5, 6]
    assert few_rows(np.array([3, 3, 2, 2, 1, 1, 0, 0, 4])).tolist() == [0, 2, 4, 6]
    assert few_rows(np.array([1, 1, 1, 1, 1])).tolist() == [0, 1, 2, 3]
    assert few_rows(np.array([1, 0])).tolist() == [0, 1]


def test_rows_are_numbered_as_the_dataset_has_them() -> None:
    found = of(validation_fraction=0.5, seed=3)
    assert found.rows == sorted(found.rows)
    assert [DATA.classes[DATA.train.y[row]] for row in found.rows] == found.labels
    assert found.rows != [0, 1, 2, 3]  # some of which are kept out


def test_frozen_layers_have_made_what_the_others_start_from() -> None:
    job = spec({"hidden_units": [6, 4]}, start_from={"model": "first", "version": 1}, freeze=1)
    found = step_of(job, DATA, origin_of(spec({"hidden_units": [6, 4]})))
    assert [update.name for update in found.updates] == ["W2", "b2", "W3", "b3"]
    assert numbers(found, "A0").shape == (4, 6)
    assert "A0 is what the frozen layers make of the rows." in found.left_out


def test_what_is_left_out_is_said() -> None:
    assert of().left_out == []
    found = of(
        network={"hidden_units": [4], "dropout": 0.5},
        augmentation={"flip": True},
        class_weights="balanced",
        schedule={"kind": "cosine"},
    )
    assert found.left_out == [
        "Dropout leaves no number out.",
        "Pictures are not changed.",
        "All classes count as they are.",
        "The rate is that of the optimizer, whatever the schedule.",
    ]


def test_smoothed_targets_are_aimed_at() -> None:
    assert numbers(of(label_smoothing=0.3), "Y").max() == pytest.approx(0.7 + 0.1)


def test_what_is_too_large_to_be_shown_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lessons, "MOST_PARAMETERS", 1_000)
    with pytest.raises(LimitExceeded, match=r"at most 1,000 parameters .* got 1,095 and"):
        of(network={"hidden_units": [21]})
    of(network={"hidden_units": [10]})
    monkeypatch.setattr(lessons, "MOST_MULTIPLICATIONS", 100)
    with pytest.raises(LimitExceeded, match="and 100 multiplications"):
        of(network={"hidden_units": [10]})


def test_more_rows_than_are_measured_are_refused_where_they_have_to_be(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lesson_beginning, "MOST_MEASURED", 100)
    with pytest.raises(LimitExceeded, match="at most 100 numbers") as refused:
        of()
    assert refused.value.pointer == "/normalization"
    of(normalization="scale")


def test_of_a_large_array_some_derivatives_are_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lessons, "COMPARED", 5)
    found = of(network={"hidden_units": [4], "activation": "tanh"})
    assert found.compared.derivatives == 5 + 4 + 5 + 3


def test_weights_that_overflow_are_shown() -> None:
    whole = Split.whole(np.full((6, 2), 3e38, "float32"), np.arange(6) % 2)
    data = replace(DATA, splits={"train": whole}, shape=[2], classes=["a", "b"])
    found = of(
        data,
        network={"hidden_units": [3] * 9, "activation": "identity", "initializer": "he"},
        optimizer={"kind": "sgd", "learning_rate": 1000},
        normalization="none",
    )
    assert np.isnan(found.after) or np.isinf(found.after)
    assert "does not fall" in in_words(found)


def test_a_lesson_in_words() -> None:
    assert in_words(dense()).startswith(
        "The cost of these 4 rows falls: 0.632408 before the step, "
    )
    assert "takes 32 multiplications and the way back 48, since 20 numbers" in in_words(dense())
    assert "Of 11 derivatives that were compared" in in_words(dense())
    none = dense().compared._replace(derivatives=0)
    assert in_words(dense()._replace(compared=none)).endswith("compared with central differences.")

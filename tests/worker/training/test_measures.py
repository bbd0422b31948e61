"""What a finished network is worth, and when it is unsure."""

import tracemalloc
from collections.abc import Sequence

import numpy as np
import pytest

from worker.data.dataset import Split
from worker.data.sketches import Drawing, car, cat, cup, flower, picture
from worker.nn.activations import ACTIVATIONS
from worker.nn.arrays import Array
from worker.nn.losses import LOGISTIC, SOFTMAX
from worker.nn.network import dense_network
from worker.spec import JobSpec
from worker.training.build import plan
from worker.training.measures import Model, Rows, Splits, measured
from worker.training.memory_estimate import answered, measuring
from worker.training.problem import Problem
from worker.training.sizes import Sizes
from worker.training.unsure import PIXELS, TOO_LARGE

TWO = ["no", "yes"]


def rows(count: int, seed: int, classes: int = 2) -> Split:
    """Rows of two numbers, whose class is not always told by them."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(count, 2)).astype("float32") * [2, 1]
    chance = 1 / (1 + np.exp(-4 * x[:, 0]))
    y = (rng.random(count) < chance).astype(int) if classes == 2 else rng.integers(0, 3, count)
    return Split.whole(x.astype("float32"), y)


def model(factor: float = 12.0) -> Model:
    """Says what the rows say, but three times as surely."""
    pairs = [(np.array([[factor], [0.0]]), np.zeros(1))]
    return Model(dense_network(pairs, ACTIVATIONS["identity"]), LOGISTIC, TWO)


def splits(validation: int = 800) -> Splits:
    return Splits(rows(600, 1), rows(validation, 2) if validation else None, rows(2_000, 3))


def test_what_was_asked_for_is_held_on_rows_by_which_nothing_was_chosen() -> None:
    found = measured(model(), splits(), 0.02)
    unsure = found.unsure
    assert unsure.enabled
    assert unsure.off is None
    assert unsure.temperature == pytest.approx(3, rel=0.25)
    assert unsure.low is not None
    assert unsure.low.bound <= 0.02
    outcome = found.result["test"]["unsure"]
    assert outcome["error"] <= 0.02
    assert 1 - found.result["test"]["accuracy"] > 0.04
    assert 0.7 < outcome["coverage"] < 0.99
    undecided = outcome["far_from_training"] + outcome["low_confidence"]
    assert outcome["decided"] + undecided == 2_000
    assert outcome["far_from_training"] < 60


def test_what_is_kept_of_it_is_in_files_and_in_a_dictionary_that_json_can_say() -> None:
    found = measured(model(), splits(), 0.05)
    assert found.files.keys() == {"familiarity.safetensors", "thresholds.json"}
    about = found.unsure.as_dict()
    assert about["enabled"]
    assert about["far_from_training"]["components"] == 2
    assert about["low_confidence"]["rows"] + about["low_confidence"]["wrong"] > 700


@pytest.mark.parametrize(
    ("validation", "error_rate", "reason", "advice"),
    [
        (0, 0.05, "no_validation_rows", '"validation_fraction": 0.2'),
        (800, None, "not_wanted", "null"),
        (40, 0.05, "too_few_validation_rows", "at least 59 validation rows"),
        (400, 0.01, "error_rate_not_reached", "no more than 0.01"),
    ],
)
def test_where_it_is_off_it_says_why(
    validation: int, error_rate: float | None, reason: str, advice: str
) -> None:
    unsure = measured(model(0.0), splits(validation), error_rate).unsure
    assert unsure.low is None
    assert unsure.off is not None
    assert unsure.off.reason == reason
    assert advice in unsure.off.detail


def test_without_anything_to_choose_by_nothing_is_said_of_test_rows() -> None:
    found = measured(model(), splits(0), 0.05)
    assert not found.unsure.enabled
    assert found.result["test"]["unsure"] is None
    assert "temperature" not in found.result
    assert found.files.keys() == {"thresholds.json"}


def test_logits_are_kept_only_where_a_temperature_is_fitted_on_them() -> None:
    _, validation, test = splits()
    assert validation is not None
    assert test is not None
    assert len(Rows(model(), validation, PIXELS, to_be_fitted=True).logits) == len(validation)
    assert len(Rows(model(), test, PIXELS).logits) == 0


def test_of_pixels_alone_no_distance_is_told() -> None:
    pixels = [
        Split.whole(part.x.astype("float64"), part.y) for part in splits() if part is not None
    ]
    unsure = measured(model(), Splits(*pixels), 0.5).unsure
    assert unsure.far is None
    assert unsure.off == PIXELS


@pytest.mark.parametrize(("factor", "larger"), [(1e180, 1), (1, 1e180)])
def test_of_numbers_whose_squares_are_none_no_distance_is_told(
    factor: float, larger: float
) -> None:
    train, validation, _ = splits()
    assert validation is not None
    last = (np.array([[12 / factor], [0.0]]), np.zeros(1))
    hidden = dense_network([(factor * np.eye(2), np.zeros(2)), last], ACTIVATIONS["identity"])
    large = Split.whole(validation.x.astype("float64") * larger, validation.y)
    with np.errstate(all="ignore"):
        given = Splits(train, large, None)
        unsure = measured(Model(hidden, LOGISTIC, TWO), given, 0.5).unsure
    assert unsure.far is None
    assert unsure.off == TOO_LARGE


def test_answers_take_the_memory_that_is_estimated_of_them() -> None:
    given, kept = splits(), 0
    found = measured(model(), given, 0.05)
    for answers in found.answers.values():
        own = (answers.said, answers.right, answers.sure, answers.scores, answers.given)
        kept += sum(array.nbytes for array in own)
    for split in (given.validation, given.test):
        assert split is not None
        rows = Rows(model(), split, PIXELS, to_be_fitted=split is given.validation)
        kept += sum(array.nbytes for array in (rows.sure, rows.distances, rows.logits))
    assert answered(sizes(test=2_000)) == kept
    few, more = sizes(test=100), sizes(test=500)  # of other splits there are still more
    assert measuring(more) - measuring(few) == answered(more) - answered(few)


def test_of_many_classes_some_confidences_are_told_at_a_time() -> None:
    classes = [str(k) for k in range(1_000)]
    network = dense_network([(np.ones((2, 1_000)), np.zeros(1_000))], ACTIVATIONS["identity"])
    many = Model(network, SOFTMAX, classes)
    split = Split.whole(np.ones((2_000, 2), "uint8"), np.arange(2_000) % 1_000)

    def most(temperature: float | None) -> int:
        tracemalloc.start()
        Rows(many, split, PIXELS, temperature)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    assert most(1.5) - most(None) < 8 * 2_000 * 1_000 / 2


def sizes(test: int) -> Sizes:
    problem = Problem((2,), 2, {"train": 600, "validation": 800, "test": test}, "float32")
    spec = JobSpec.model_validate({"dataset": "ds_" + "1" * 32, "model": "m"})
    return Sizes(plan(spec, problem), threads=1, checked=False)


def test_of_many_classes_there_is_no_curve() -> None:
    pairs = [(np.ones((2, 3)), np.zeros(3))]
    three = Model(dense_network(pairs, ACTIVATIONS["identity"]), SOFTMAX, ["a", "b", "c"])
    found = measured(three, Splits(rows(90, 1, 3), rows(90, 2, 3), None), 0.05)
    assert found.curves == {}
    assert found.result["test"] is None


def drawn(things: Sequence[Drawing], count: int, seed: int) -> Array:
    """Pictures of things by turns, each drawn in another way."""
    rngs = [np.random.default_rng((seed, index)) for index in range(count)]
    return np.stack([picture(things[at % len(things)], 16, rng) for at, rng in enumerate(rngs)])


def test_a_picture_of_what_no_training_row_shows_is_far() -> None:
    # Random layers stand for a network that was trained: what it makes of a picture is what counts.
    rng = np.random.default_rng(5)
    pairs = [
        (rng.normal(size=(768, 64)) / 2_000, rng.normal(size=64) / 4),
        (rng.normal(size=(64, 1)), np.zeros(1)),
    ]
    cats = Model(dense_network(pairs, ACTIVATIONS["relu"]), LOGISTIC, ["cup", "cat"])
    sets = [
        Split.whole(drawn((cup, cat), count, seed), np.arange(count) % 2)
        for seed, count in enumerate((400, 200, 100))
    ]
    unsure = measured(cats, Splits(*sets), 0.05).unsure
    known = unsure.familiarity
    assert known is not None

    def far(pixels: Array) -> float:
        hidden, _ = cats.network.hidden_and_logits(pixels.astype("float64"))
        return 1 - float(unsure.near(known.distances(hidden)).mean())

    usual = far(drawn((cup, cat), 100, 7))
    assert usual < 0.06
    assert far(drawn((car,), 50, 8)) > 2 * usual
    assert far(drawn((flower,), 50, 8)) > 5 * usual
    assert far(rng.integers(0, 256, (50, 16, 16, 3))) == 1

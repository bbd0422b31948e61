"""Curves of several trainings at the same places."""

from worker.jsontypes import Json
from worker.operations.aligned_curves import MEASURES, Axis, aligned


def training(epochs: int, steps: int, seconds: float = 1.0) -> list[Json]:
    measured = dict.fromkeys(MEASURES)
    return [
        {**measured, "epoch": at, "step": at * steps, "seconds": at * seconds, "loss": float(at)}
        for at in range(1, epochs + 1)
    ]


def losses(by: Axis, points: int, *trainings: list[Json]) -> tuple[list[float], list[object]]:
    found = aligned(trainings, by, points)
    return found.at, [curve["loss"] for curve in found.curves]


def test_by_epoch_each_place_is_one_and_a_shorter_training_ends_earlier() -> None:
    at, curves = losses("epoch", 10, training(2, 1), training(4, 1))
    assert at == [1, 2, 3, 4]
    assert curves == [[1, 2, None, None], [1, 2, 3, 4]]


def test_by_step_a_place_has_what_the_last_epoch_up_to_there_has() -> None:
    at, curves = losses("step", 10, training(2, 10), training(2, 4))
    assert at == [4, 8, 10, 20]
    assert curves == [[None, None, 1, 2], [1, 2, None, None]]


def test_by_seconds() -> None:
    at, curves = losses("seconds", 10, training(2, 1, 0.5), training(1, 1, 0.75))
    assert at == [0.5, 0.75, 1.0]
    assert curves == [[1, 1, 2], [None, 1, None]]


def test_of_many_places_the_first_and_the_last_are_among_those_that_stay() -> None:
    at, [curve] = losses("epoch", 3, training(100, 1))
    assert at == [1, 50, 100]
    assert curve == [1, 50, 100]


def test_a_training_that_has_not_begun_has_nothing_anywhere() -> None:
    assert losses("epoch", 10, [], training(1, 1)) == ([1], [[None], [1]])
    assert losses("epoch", 10, [], []) == ([], [[], []])

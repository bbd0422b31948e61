"""When epochs were over: told for some, counted for those between, and never going back."""

import pytest

from service.tracking.epoch_clock import EpochClock
from tests.service.tracking.tracked_job import epoch


def of_fold(number: int, fold: int, at: int) -> dict[str, object]:
    return epoch(at, row=number, repeat=1, fold=fold)


def test_without_events_the_seconds_count_from_the_start() -> None:
    assert EpochClock(1_000).ms_of(epoch(4)) == 1_500


def test_an_epoch_that_was_told_of_was_over_then() -> None:
    clock = EpochClock(0)
    clock.tell(epoch(8), 60_000)
    assert clock.ms_of(epoch(8)) == 60_000


def test_those_before_and_behind_it_are_counted_from_there() -> None:
    clock = EpochClock(0)
    clock.tell(epoch(8), 60_000)
    assert [clock.ms_of(epoch(n)) for n in (4, 16)] == [59_500, 61_000]


def test_a_pause_lies_before_the_first_epoch_of_the_next_attempt() -> None:
    clock = EpochClock(0)
    clock.tell(epoch(8), 1_000)
    clock.tell(epoch(24), 900_000)
    assert [clock.ms_of(epoch(n)) for n in (8, 16, 24)] == [1_000, 899_000, 900_000]


def test_no_epoch_is_over_before_one_that_was_told_of_earlier() -> None:
    clock = EpochClock(0)
    clock.tell(epoch(8), 1_000)
    clock.tell(epoch(24, seconds=9.0), 2_000)
    assert clock.ms_of(epoch(16)) == 1_000


def test_what_was_done_again_counts_as_it_was_done_last() -> None:
    clock = EpochClock(0)
    clock.tell(epoch(8), 1_000)
    clock.tell(epoch(16), 2_000)
    clock.tell(epoch(12), 90_000)
    assert clock.ms_of(epoch(16)) == 90_500


@pytest.mark.parametrize(("number", "fold", "at", "ms"), [(2, 1, 2, 1_125), (5, 2, 2, 2_000)])
def test_seconds_are_those_of_one_training(number: int, fold: int, at: int, ms: float) -> None:
    clock = EpochClock(0)
    clock.tell(of_fold(1, fold=1, at=1), 1_000)
    clock.tell(of_fold(9, fold=3, at=3), 2_000)
    assert clock.ms_of(of_fold(number, fold, at)) == ms

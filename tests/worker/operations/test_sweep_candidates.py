"""The candidates of a sweep."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.worker.test_vary_spec import span, vary
from worker.errors import InvalidParameter
from worker.operations.sweep_candidates import Candidate, drawn, grid

RATE = "optimizer.learning_rate"
MIXED = vary(
    optimizer__learning_rate=span(1e-4, 1e-1, scale="log"),
    network__dropout=span(0.0, 0.5),
    epochs=span(3, 9, integer=True),
    batch_size={"values": [16, "all"]},
)


def test_a_grid_has_every_combination_and_its_last_field_changes_fastest() -> None:
    found = grid(vary(epochs={"values": [9, 3]}, batch_size={"values": [16, "all"]}))
    assert found == [
        Candidate(0, {"epochs": 9, "batch_size": 16}),
        Candidate(1, {"epochs": 9, "batch_size": "all"}),
        Candidate(2, {"epochs": 3, "batch_size": 16}),
        Candidate(3, {"epochs": 3, "batch_size": "all"}),
    ]


def test_a_grid_that_is_none_is_refused_in_a_sentence() -> None:
    with pytest.raises(InvalidParameter, match=r'^Expected a count .* the method "random"\.$'):
        grid(vary(epochs=span(1, 3)))


@settings(max_examples=30)
@given(st.integers(0, 2**63 - 1), st.integers(1, 30))
def test_the_first_candidates_are_the_same_however_many_there_are(seed: int, wanted: int) -> None:
    assert drawn(MIXED, 30, seed)[:wanted] == drawn(MIXED, wanted, seed)


@settings(max_examples=30)
@given(st.integers(0, 2**63 - 1))
def test_what_is_drawn_is_within_its_bounds(seed: int) -> None:
    for at, candidate in enumerate(drawn(MIXED, 20, seed)):
        changes = candidate.changes
        assert candidate.index == at
        assert 1e-4 <= changes[RATE] <= 1e-1
        assert 0 <= changes["network.dropout"] <= 0.5
        assert changes["epochs"] in range(3, 10)
        assert changes["batch_size"] in (16, "all")


def test_candidates_of_another_seed_are_others_and_a_further_field_leaves_them() -> None:
    fewer = {path: MIXED[path] for path in [RATE, "epochs"]}
    found = [each.changes for each in drawn(fewer, 9, 1)]
    assert found == [{path: each.changes[path] for path in fewer} for each in drawn(MIXED, 9, 1)]
    assert drawn(MIXED, 9, 2) != drawn(MIXED, 9, 1)


def shares(part: Any, ends: list[float], wanted: int = 1000) -> list[float]:
    """How many of many draws lie below each end."""
    found = [each.changes[RATE] for each in drawn({RATE: part}, wanted, 5)]
    return [sum(value < end for value in found) / wanted for end in ends]


def test_a_logarithmic_range_is_even_in_the_logarithm() -> None:
    # 1000 draws are within 4.5 points of their share but once in 10,000 times or so.
    (part,) = vary(optimizer__learning_rate=span(1e-4, 1e-1, scale="log")).values()
    assert shares(part, [1e-3, 1e-2]) == pytest.approx([1 / 3, 2 / 3], abs=0.06)
    (part,) = vary(optimizer__learning_rate=span(1, 4)).values()
    assert shares(part, [2, 3]) == pytest.approx([1 / 3, 2 / 3], abs=0.06)


def test_the_whole_numbers_of_a_range_are_as_likely_as_each_other() -> None:
    (part,) = vary(epochs=span(1, 4, integer=True)).values()
    generous = {"epochs": part, "network.dropout": MIXED["network.dropout"]}
    found = [each.changes["epochs"] for each in drawn(generous, 1000, 5)]
    counts = [found.count(value) / 1000 for value in (1, 2, 3, 4)]
    assert counts == pytest.approx([0.25] * 4, abs=0.06)


def test_of_large_whole_numbers_none_is_lost_in_rounding() -> None:
    found = drawn(vary(batch_size=span(1_000_000, 1_000_009, integer=True)), 10, 1)
    assert {each.changes["batch_size"] for each in found} == {*range(1_000_000, 1_000_010)}
    points = span(1_000_000, 1_000_009, integer=True, count=10)
    assert len(grid(vary(batch_size=points))) == 10


def test_choices_are_all_drawn_before_any_comes_again() -> None:
    few = vary(epochs=span(1, 5, integer=True), batch_size={"values": [16, "all"]})
    found = [tuple(each.changes.values()) for each in drawn(few, 10, 7)]
    assert len({*found}) == 10
    with pytest.raises(InvalidParameter, match="1 to 10 candidates, as many as differ, got 11"):
        drawn(few, 11, 7)


def test_the_candidates_of_a_seed_stay_what_they_are() -> None:
    # Whoever resumes a sweep after an update must find the same; these were drawn once.
    assert [each.changes for each in drawn(MIXED, 2, 1)] == [
        {
            "optimizer.learning_rate": 0.000560417,
            "network.dropout": 0.395,
            "epochs": 5,
            "batch_size": 16,
        },
        {
            "optimizer.learning_rate": 0.0919187,
            "network.dropout": 0.0962645,
            "epochs": 6,
            "batch_size": 16,
        },
    ]

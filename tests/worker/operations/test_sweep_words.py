"""What comes of a sweep, in words."""

from typing import Any

import pytest

from tests.worker.operations.test_sweep_effects import RATE, grid
from tests.worker.operations.test_sweep_leaderboard import tried
from worker.operations.sweep_effects import Mattered
from worker.operations.sweep_failures import failures_in_words
from worker.operations.sweep_judgement import judged
from worker.operations.sweep_leaderboard import Tried, leaderboard
from worker.operations.sweep_names import names_of, told, value_in_words
from worker.operations.sweep_words import effects_in_words, in_words


def rivals(*right: int, **more: Any) -> list[Tried]:
    return [
        tried(at, 1 - each / 250, each, changes={RATE: 0.03}, **more)
        for at, each in enumerate(right)
    ]


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ([], "No candidate is measured yet."),
        (rivals(230), "Candidate 0 (learning_rate 0.03) is the only one that was measured to the "
         "end, on 250 validation rows."),
        (rivals(230, 90), "is ahead of the other one on 250 validation rows."),
        (rivals(230, 90, 80), "is ahead of all 2 others on 250 validation rows."),
        (rivals(230, 229), "has the lowest cost, but the other one is tied with it on 250 "
         "validation rows."),
        (rivals(230, 229, 228), "but all 2 others are tied with it on 250 validation rows."),
        (rivals(230, 229, 80, 70), "ahead of 2; 1 other is tied with it on 250 validation rows."),
        (rivals(230, 229, 228, 70), "is ahead of 1; 2 others are tied with it"),
        (rivals(230, 229), "They are compared by how many rows each answered right, since it is "
         "not known which: that finds large differences only."),
        ([*rivals(230), tried(1, 0.1, state="given_up", rung=-1)], "1 was given up on the way."),
        ([*rivals(230), *rivals(230, 230, state="cancelled")], "2 were cancelled."),
        ([*rivals(230), tried(1, None, state="running"), tried(2, None, state="waiting")],
         "2 are not over yet."),
    ],
)  # fmt: skip
def test_who_is_ahead_and_of_whom(found: list[Tried], said: str) -> None:
    assert said in in_words(leaderboard(found), [])


def test_of_those_that_are_tied_a_much_quicker_one_is_named() -> None:
    best, other = rivals(230, 229)
    slow = Tried(**{**vars(best), "seconds": 5.0})
    assert "candidate 1 is the quickest: 2 s instead of 5." in in_words(
        leaderboard([slow, other]), []
    )
    assert "quickest" not in in_words(leaderboard([best, other]), [])
    untimed = [Tried(**{**vars(each), "seconds": None}) for each in (best, other)]
    assert "quickest" not in in_words(leaderboard(untimed), [])


def test_a_whole_sweep_is_told_in_order() -> None:
    diverged = [
        tried(15 + at, None, changes={RATE: rate, "network.hidden_units": [5]}, state="failed",
              problem="diverged")
        for at, rate in enumerate((0.3, 1.0))
    ]  # fmt: skip
    found = [*grid(right=240), *diverged]
    assert judged(found).said == (
        "Candidate 12 (learning_rate 0.1, hidden_units [5]) has the lowest cost, but all 14 others "
        "are tied with it on 250 validation rows. They are compared by how many rows each answered "
        "right, since it is not known which: that finds large differences only. All 2 with "
        "learning_rate above 0.1 diverged. learning_rate mattered most (100 % of the differences, "
        "p = 0.002); hidden_units mattered too (under 1 % of the differences, p = 0.002)."
    )


UNITS = {"network.hidden_units.0": 5}


@pytest.mark.parametrize(
    ("effects", "said"),
    [
        ([], []),
        ([Mattered(RATE, 0.71, 0.002, [0.1], "above")],
         ["learning_rate mattered (71 % of the differences, p = 0.002); the best values of "
          "learning_rate lie at the end of what was tried: look above 0.1."]),
        ([Mattered(RATE, 0.71, 0.002, [1e-4, 1e-3], "below")],
         ["learning_rate mattered (71 % of the differences, p = 0.002); the best values of "
          "learning_rate lie at the end of what was tried: look below 0.0001."]),
        ([Mattered(RATE, 0.7, 0.002, [0.1], None), Mattered("epochs", 0.2, 0.01, [3], None)],
         ["learning_rate mattered most (70 % of the differences, p = 0.002); epochs mattered too "
          "(20 % of the differences, p = 0.01)."]),
        ([Mattered(RATE, 0.3, 0.4, [0.1], "above")], ["learning_rate did not show (p = 0.4)."]),
        ([Mattered(RATE, 0.3, None, [0.1], "above"), Mattered("epochs", 0.2, None, [3], None)],
         ["2 candidates are too few to tell whether learning_rate and epochs mattered."]),
    ],
)  # fmt: skip
def test_which_field_mattered(effects: list[Mattered], said: list[str]) -> None:
    found = [tried(at, 0.1, 230, changes={RATE: 0.1 * at, "epochs": at}) for at in range(2)]
    assert [*effects_in_words(effects, leaderboard(found))] == said


def failing(*values: Any, code: str = "diverged") -> list[Tried]:
    return [
        tried(9 + at, None, changes={RATE: each}, state="failed", problem=code)
        for at, each in enumerate(values)
    ]


SOUND = [tried(at, 0.1, 230, changes={RATE: each}) for at, each in enumerate((0.1, 0.2))]


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ([], []),
        ([*SOUND, *failing(0.3)], ["Candidate 9 (learning_rate 0.3) diverged."]),
        ([*SOUND, *failing(0.3, 1.0, 3.0)], ["All 3 with learning_rate above 0.2 diverged."]),
        ([*SOUND, *failing(0.01, 0.02)], ["All 2 with learning_rate below 0.1 diverged."]),
        ([*SOUND, *failing("x", "x")], ["All 2 with learning_rate x diverged."]),
        ([*SOUND, *failing(0.1, 0.3)], ["2 diverged: candidates 9 and 10."]),
        ([*SOUND, *failing(*[0.1] * 7)],
         ["7 diverged: candidates 9, 10, 11, 12, 13 and 2 more."]),
        (failing(0.1, 0.3, code="out_of_memory"),
         ["2 failed (out_of_memory), and none came to its end."]),
        ([*failing(0.3), *failing(0.4, code="")],
         ["Candidate 9 (learning_rate 0.3) diverged.", "Candidate 9 (learning_rate 0.4) failed."]),
    ],
)  # fmt: skip
def test_what_failed_is_named(found: list[Tried], said: list[str]) -> None:
    assert [*failures_in_words(found)] == said


def test_what_only_two_fields_tell_is_told_by_both() -> None:
    def made(state: str, *pairs: tuple[str, float]) -> list[Tried]:
        return [
            tried(at, None, state=state, changes={"optimizer": {"kind": kind}, RATE: rate})
            for at, (kind, rate) in enumerate(pairs)
        ]

    sound = made("succeeded", ("adam", 9.0), ("sgd", 0.5), ("adam", 0.1))
    failed = made("failed", ("sgd", 1.0), ("sgd", 3.0))
    said = "All 2 with optimizer sgd and learning_rate above 0.5 failed."
    assert [*failures_in_words([*sound, *failed])] == [said]
    other = made("failed", ("sgd", 0.2), ("adam", 0.2))
    assert [*failures_in_words([*sound, *other])] == ["All 2 with learning_rate 0.2 failed."]
    for mixed in (("sgd", 0.5), ("adam", 0.2)), (("sgd", 0.5), ("sgd", 0.2)):
        said = "2 failed: candidates 0 and 1."
        assert [*failures_in_words([*sound, *made("failed", *mixed)])] == [said]
    alone = made("failed", ("sgd", 0.1), ("sgd", 0.5))
    said = "All 2 with optimizer sgd failed."
    assert [*failures_in_words([*made("succeeded", ("adam", 0.1)), *alone])] == [said]


def test_fields_are_called_by_their_last_word_where_that_is_clear() -> None:
    paths = ["optimizer.kind", "a.units", "b.units", "hidden_units.0", "epochs", "x.dropout"]
    assert [*names_of(paths).values()] == [*paths[:-1], "dropout"]


def test_a_long_value_is_cut() -> None:
    assert told({"network": {"kind": "dense"}, "epochs": 3}) == "network dense, epochs 3"
    assert len(value_in_words([0] * 100)) == 61
    assert value_in_words(0.000123456) == "0.0001235"

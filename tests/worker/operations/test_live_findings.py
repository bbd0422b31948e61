"""What is said of a version that answers: nothing that the rows do not tell."""

import random
from dataclasses import replace

import pytest

from worker.findings.rule import findings
from worker.jsontypes import Json
from worker.operations.live_findings import LIVE, Seen, differ
from worker.store.answered_counts import Counts, Light

TESTED: Json = {
    "rows": 200, "accuracy": 0.9, "accuracy_interval": [0.8505, 0.9343],
    "confusion": [[90, 10], [10, 90]],
}  # fmt: skip
WELL = Counts(1000, 20, 10, 400, 360, [520, 480], [210, 190, 0], Light(1000, 0.5, 0.1))


def codes(counts: Counts, light: float = 0.5) -> list[str]:
    seen = Seen(counts, TESTED, 0.01, Light(500, light, 0.1))
    return [found.code for found in findings(LIVE, seen)]


def test_of_one_that_does_as_before_nothing_is_said() -> None:
    assert codes(WELL) == []


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"judged": 99, "right": 10}, "few_judged"),
        ({"right": 300}, "less_accurate"),
        ({"answered": [700, 300]}, "other_answers"),
        ({"far": 60}, "unfamiliar_inputs"),
        ({"light": Light(1000, 0.4, 0.1)}, "other_brightness"),
    ],
)
def test_what_has_changed_is_said(changes: dict[str, object], code: str) -> None:
    assert codes(replace(WELL, **changes)) == [code]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "changes",
    [
        {"judged": 120, "right": 102},  # 85 %, from 77.5 to 90.3
        {"answered": [560, 440]},  # which is sure, and small
        {"far": 20},  # of which 1.3 % may be true
        {"light": Light(1000, 0.46, 0.1)},
        {"light": Light(40, 0.9, 0.1)},
        {"light": None},
    ],
)
def test_what_may_be_chance_or_matters_little_is_not_said(changes: dict[str, object]) -> None:
    assert codes(replace(WELL, **changes)) == []  # type: ignore[arg-type]


def test_of_few_predictions_only_that_they_are_few_is_said() -> None:
    few = Counts(60, 60, 60, 20, 0, [60, 0], [0, 60, 0], Light(60, 0.0, 0.0))
    assert codes(few) == ["few_judged"]
    assert codes(Counts(0, 0, 0, 0, 0, [0, 0], [0, 0, 0])) == []


def test_a_version_of_which_little_is_known_is_compared_with_little() -> None:
    counts = replace(WELL, right=0, answered=[1000, 0], far=1000)
    assert findings(LIVE, Seen(counts, None, None, None)) == []


def test_counts_of_one_source_seldom_seem_to_differ() -> None:
    chance, classes = random.Random(1), 30
    shares = [1 / (1 + rank) for rank in range(classes)]

    def drawn(rows: int) -> list[int]:
        labels = chance.choices(range(classes), shares, k=rows)
        return [labels.count(each) for each in range(classes)]

    ps = [p for p, _ in (differ(drawn(300), drawn(900)) for _ in range(300)) if p is not None]
    assert len(ps) == 300
    # By chance 15 of 300 lie below 0.05, and 28 or more but once in a thousand times.
    assert 3 < sum(p < 0.05 for p in ps) < 28


def test_a_thousand_classes_are_compared() -> None:
    p, shift = differ([30] * 1000, [30] * 500 + [0] * 500)
    assert p is not None
    assert 0 <= p <= 1
    assert 0 <= shift <= 1

"""The candidates of a sweep, the best by the validation rows first, and which are as good as it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from worker.data.row_answers import RowAnswers
from worker.findings.best_of_many import ahead_by_chance, behind_the_best, most_disagreement
from worker.findings.intervals import wilson_interval
from worker.findings.paired import RARE, difference_interval
from worker.operations.sweep_candidates import Changes

MEASURED = ("succeeded", "given_up")  # states in which it is known what a candidate is worth

Interval = tuple[float, float]
Verdict = Literal["best", "tied", "worse", "given_up"]


@dataclass(frozen=True)
class Tried:
    """What has become of a candidate; None where it is not known.

    Attributes:
        index: its number, from 0.
        changes: by dotted paths, what it has otherwise.
        state: of its job; or `waiting`, before there is one, or `given_up`.
        validation_cost: in its best epoch; all candidates are measured on the same rows.
        validation_right: how many of these it answered right there.
        epochs, seconds: for which it has been trained.
        problem: the code of what it failed by.
        rung: how many times it was among those that go on.
    """

    index: int
    changes: Changes
    job_id: str | None
    state: str
    validation_cost: float | None
    validation_right: int | None
    validation_rows: int | None
    epochs: int | None
    seconds: float | None
    problem: str | None = None
    rung: int = 0

    @property
    def is_measured(self) -> bool:
        """Whether it is over, and counts."""
        return self.state in MEASURED and self.validation_cost is not None

    @property
    def order(self) -> tuple[bool, int, bool, float, int]:
        """By which candidates are put in order: those that are measured first; of these, those
        that came furthest; and then by what was lowest so far."""
        cost = self.validation_cost
        return not self.is_measured, -self.rung, cost is None, cost or 0.0, self.index


class Gap(NamedTuple):
    """How far a candidate is behind the best.

    Attributes:
        p: how often it would be by chance, were it not worse, after the best of so many was picked.
        accuracy: the interval, at 95 % confidence, in which the difference of their accuracies
            lies, from -1 to 1.
        by_rows: whether it is known what both answered for each row.
    """

    p: float
    accuracy: Interval
    by_rows: bool


UNKNOWN = Gap(1.0, (-1.0, 1.0), by_rows=False)


class Place(NamedTuple):
    """A candidate on the leaderboard.

    Attributes:
        rank: from 1; None where it is not measured to its end.
        accuracy, interval: on the validation rows, and in which the true one lies at 95 %
            confidence; None where it is not known.
        verdict: `tied` where it is not known to be worse than the best; `given_up` where others
            went further. None where it is not measured to its end.
        gap: to the best, of those that are tied or worse.
    """

    tried: Tried
    rank: int | None
    accuracy: float | None
    interval: Interval | None
    verdict: Verdict | None
    gap: Gap | None


# What a candidate answered for the validation rows in its best epoch; None where nobody kept it.
Answered = Callable[[Tried], RowAnswers | None]


def unknown(tried: Tried) -> None:
    """Of no candidate it is known."""


def leaderboard(tried: Sequence[Tried], answered: Answered = unknown) -> list[Place]:
    """Returns all candidates, the best first."""
    ordered = sorted(tried, key=lambda each: each.order)
    measured = [each for each in ordered if each.is_measured]
    rivals = [each for each in measured if each.rung == measured[0].rung]
    gaps = gaps_of(rivals, answered)
    places = []
    for rank, each in enumerate(ordered, 1):
        gap = gaps.get(each.index)
        accuracy, interval = accuracy_of(each)
        verdict = verdict_of(each, rivals, gap)
        place = rank if each.is_measured else None
        places.append(Place(each, place, accuracy, interval, verdict, gap))
    return places


def verdict_of(each: Tried, rivals: Sequence[Tried], gap: Gap | None) -> Verdict | None:
    if not each.is_measured:
        return None
    if each not in rivals:
        return "given_up"
    if each is rivals[0]:
        return "best"
    return "worse" if gap is not None and gap.p < RARE else "tied"


def accuracy_of(each: Tried) -> tuple[float, Interval] | tuple[None, None]:
    if each.validation_right is None or not each.validation_rows:
        return None, None
    right, rows = each.validation_right, each.validation_rows
    return right / rows, wilson_interval(right, rows)


def gaps_of(rivals: Sequence[Tried], answered: Answered) -> dict[int, Gap]:
    """Returns how far candidates are behind the first of them, by their numbers."""
    if len(rivals) < 2:
        return {}
    known = answered(rivals[0])
    found = [gap_of(rivals[0], each, known, answered(each)) for each in rivals[1:]]
    corrected = behind_the_best([gap.p for gap in found])
    return {
        each.index: gap._replace(p=p)
        for each, gap, p in zip(rivals[1:], found, corrected, strict=True)
    }


def gap_of(best: Tried, other: Tried, first: RowAnswers | None, second: RowAnswers | None) -> Gap:
    """Returns how far one is behind another, before it is paid for that the best was picked."""
    if first is not None and second is not None and first.are_of_the_same_rows(second):
        return gap_by_rows(first, second)
    rows, own, theirs = best.validation_rows, best.validation_right, other.validation_right
    if not rows or own is None or theirs is None:
        return UNKNOWN
    p = ahead_by_chance(own - theirs, most_disagreement(own, theirs, rows))
    fewest_both = max(0, own + theirs - rows)
    accuracy = difference_interval(fewest_both, own - fewest_both, theirs - fewest_both, rows)
    return Gap(p, accuracy, by_rows=False)


def gap_by_rows(first: RowAnswers, second: RowAnswers) -> Gap:
    """Returns how far the second is behind the first. It may be so by what rows cost, or by how
    many are right, where a few rows cost so much that nothing else is seen."""
    more = second.costs - first.costs
    only_first = int((second.wrong & ~first.wrong).sum())
    only_second = int((first.wrong & ~second.wrong).sum())
    by_costs = ahead_by_chance(float(more.sum()), float((more**2).sum()))
    by_right = ahead_by_chance(only_first - only_second, only_first + only_second)
    both = int((~first.wrong & ~second.wrong).sum())
    accuracy = difference_interval(both, only_first, only_second, len(more))
    return Gap(min(1.0, 2 * min(by_costs, by_right)), accuracy, by_rows=True)

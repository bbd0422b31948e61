"""Models that answered the same test rows, and whether any is right more often than another."""

from collections.abc import Sequence
from functools import reduce
from itertools import combinations
from operator import add
from typing import NamedTuple

from worker.findings.cochran import cochran, holm
from worker.findings.paired import RARE, difference_interval
from worker.jsontypes import Json
from worker.store.right_answers import Kept, RightAnswers, pair

Version = tuple[str, Json]  # the name of a model, and the manifest of a version


class Pair(NamedTuple):
    """Two of the models.

    Attributes:
        first, second: which, by their places.
        only_first, only_second: rows that one of the two alone answered right.
        interval: of the difference of their accuracies, first less second, at 95 % confidence.
        p: how often chance alone would bring about a difference as large: McNemar's exact test.
        corrected_p: the same, where several pairs are looked at: by Holm.
    """

    first: int
    second: int
    only_first: int
    only_second: int
    interval: tuple[float, float]
    p: float
    corrected_p: float

    @property
    def is_chance(self) -> bool:
        """Whether the difference may be chance alone."""
        return self.corrected_p >= RARE


class SameRows(NamedTuple):
    """How several models answered the same rows.

    Attributes:
        dataset: the id of one that has these rows for testing.
        rows: all of them.
        members: which models, by their places; those that are missing have not been asked.
        right: of each how many it answered right.
        test: "mcnemar" of two, "cochran" of more.
        p: how often models that are equally good would differ by so much or more.
        pairs: each two of them.
    """

    dataset: str
    rows: int
    members: list[int]
    right: list[int]
    test: str
    p: float
    pairs: list[Pair]


def same_rows(right_answers: RightAnswers, versions: Sequence[Version | None]) -> SameRows | None:
    """Returns how versions, None where there is none, answered the rows of which it is known for
    most of them; None if it is known for fewer than two."""
    asked: dict[str, dict[int, Kept]] = {}
    for place, version in enumerate(versions):
        known = {} if version is None else right_answers.of(*version)
        for rows, kept in known.items():
            asked.setdefault(rows, {})[place] = kept
    groups = (group for group in asked.values() if len(group) > 1)
    found = max(groups, key=lambda group: (len(group), rows_of(group)), default=None)
    return None if found is None or not rows_of(found) else compared(found)


def rows_of(group: dict[int, Kept]) -> int:
    return len(next(iter(group.values())).right)


def compared(group: dict[int, Kept]) -> SameRows:
    """Returns how models, by their places, answered the same rows."""
    right = [int(kept.right.sum()) for kept in group.values()]
    pairs = paired(group)
    totals = reduce(add, (kept.right.astype("int64") for kept in group.values()))
    return SameRows(
        dataset=next(iter(group.values())).dataset,
        rows=rows_of(group),
        members=[*group],
        right=right,
        test="mcnemar" if len(group) == 2 else "cochran",
        p=pairs[0].p if len(group) == 2 else cochran(right, int((totals**2).sum())),
        pairs=pairs,
    )


def paired(group: dict[int, Kept]) -> list[Pair]:
    found = []
    for first, second in combinations(group, 2):
        both = pair(group[first], group[second])
        only = both.only_champion, both.only_candidate
        interval = difference_interval(both.both, *only, both.rows)
        found.append(Pair(first, second, *only, interval, both.p, both.p))
    corrected = holm([each.p for each in found])
    return [each._replace(corrected_p=p) for each, p in zip(found, corrected, strict=True)]

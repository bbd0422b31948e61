"""Which of the fields that vary in a sweep makes its candidates differ."""

from collections.abc import Sequence
from functools import lru_cache
from math import log
from statistics import quantiles
from typing import Any, Literal, NamedTuple

from worker.findings.cochran import holm
from worker.findings.main_effects import Effect, Field, main_effects
from worker.findings.paired import RARE
from worker.operations.sweep_leaderboard import Tried
from worker.operations.sweep_names import is_number
from worker.spec.vary import as_text

BINS = 3  # of numbers of which hardly two are the same
LEAST_COST = 1e-12  # of which a logarithm is taken
FAR_OUT = 1.5  # times the width of the middle half, above that
AHEAD = 0.1  # of the way from the best group to the worst: what is nearer is no better


class Mattered(NamedTuple):
    """What a field that varies does to the costs.

    Attributes:
        path: such as optimizer.learning_rate.
        share: of the variance, from 0 to 1: of the logarithms of the validation costs, or of the
            places on the leaderboard, where not all candidates were trained equally long.
        p: how often one of so many fields that do nothing would seem to do so much; None where
            there are too few candidates to tell.
        best: the values of the group with the lowest costs, in their order.
        beyond: on which side of all that was tried the best may lie still: `above` or `below` these
            values; None where they do not lie at an end.
    """

    path: str
    share: float
    p: float | None
    best: list[Any]
    beyond: Literal["above", "below"] | None

    @property
    def shows(self) -> bool:
        """Whether it is more than chance."""
        return self.p is not None and self.p < RARE


def mattered(tried: Sequence[Tried]) -> list[Mattered]:
    """Returns what each field does, the largest share first; nothing where fewer than two
    candidates are measured."""
    measured = sorted((each for each in tried if each.is_measured), key=lambda each: each.order)
    if len(measured) < 2:
        return []
    paths = [*measured[0].changes]
    columns = [[each.changes[path] for each in measured] for path in paths]
    fields = tuple(
        Field(tuple(numbered([as_text(each) for each in own])), tuple(grouped(own)))
        for own in columns
    )
    effects = effects_of(tuple(compared_by(measured)), fields)
    known = [effect.p for effect in effects if effect.p is not None]
    corrected = iter(holm(known))
    found = []
    for path, column, field, effect in zip(paths, columns, fields, effects, strict=True):
        best = distinct(column, field.groups, min(effect.means, key=effect.means.__getitem__))
        beyond = side(best, [each.changes[path] for each in tried]) if is_ahead(effect) else None
        p = None if effect.p is None else next(corrected)
        found.append(Mattered(path, effect.share, p, best, beyond))
    return sorted(found, key=lambda each: -each.share)


@lru_cache(maxsize=64)
def effects_of(costs: tuple[float, ...], fields: tuple[Field, ...]) -> tuple[Effect, ...]:
    """The same, once for as long as nothing is new: of many candidates it takes a second, and
    whoever watches a sweep asks every moment."""
    return tuple(main_effects(costs, fields))


def is_ahead(effect: Effect) -> bool:
    """Whether the best group of a field is better than the next one."""
    best, *others = sorted(effect.means.values())
    return bool(others) and others[0] - best > AHEAD * (others[-1] - best)


def compared_by(measured: Sequence[Tried]) -> list[float]:
    """What is low where a candidate is good: the logarithm of its cost; or its place, where costs
    of the first epochs would be held against those of more. Of one that went astray the cost may be
    a thousand times that of the others, and would be all that there is to see: what is far out
    counts as just so far (Tukey, Exploratory data analysis, 1977: the inner fence)."""
    if len({each.rung for each in measured}) > 1:
        return [float(place) for place in range(len(measured))]
    costs = [log(max(LEAST_COST, each.validation_cost or 0.0)) for each in measured]
    first, _, third = quantiles(costs)
    return [min(cost, third + FAR_OUT * (third - first)) for cost in costs]


def grouped(values: Sequence[Any]) -> list[int]:
    """Returns for each value the number of its group: those that are the same; but of numbers of
    which hardly two are, the smaller, the middle and the larger ones."""
    own = numbered([as_text(each) for each in values])
    if not all(map(is_number, values)) or 2 * len({*own}) <= len(values):
        return own
    ordered = sorted(values)
    return [BINS * ordered.index(each) // len(values) for each in values]


def numbered(texts: Sequence[str]) -> list[int]:
    first = {text: at for at, text in enumerate(dict.fromkeys(texts))}
    return [first[text] for text in texts]


def distinct(values: Sequence[Any], groups: Sequence[int], group: int) -> list[Any]:
    """Returns the values of a group, each once; numbers in their order."""
    own = [value for value, of in zip(values, groups, strict=True) if of == group]
    once = [*{as_text(value): value for value in own}.values()]
    return sorted(once) if all(map(is_number, once)) else once


def side(best: Sequence[Any], values: Sequence[Any]) -> Literal["above", "below"] | None:
    """Returns at which end of all values, of those that failed too, the best ones lie."""
    if not all(map(is_number, values)) or min(values) == max(values):
        return None
    if best[-1] == max(values) and best[0] > min(values):
        return "above"
    # There is nothing below 0 for most fields.
    return "below" if best[0] == min(values) > 0 and best[-1] < max(values) else None

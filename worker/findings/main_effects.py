"""Of several fields, which one makes candidates differ, and whether that may be chance."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import chain
from math import exp, fsum, lgamma
from random import Random
from typing import NamedTuple

from worker.findings.paired import RARE

MOST_DEALS, FEWEST_DEALS, MOST_DEALT = 999, 199, 100_000
ENOUGH = 20  # deals that are as good, after which no further one would change what is said
ROUNDS, SETTLED = 100, 1e-12  # of fitting, and by which share of all differences one may move

Groups = Sequence[int]  # for each candidate the number of its group


class Field(NamedTuple):
    """How a field divides candidates.

    Attributes:
        cells: for each candidate a number that those share which have the same there.
        groups: the same, coarser where hardly any two have the same.
    """

    cells: Groups
    groups: Groups


class Effect(NamedTuple):
    """What a field does on its own, added to what the others do.

    Attributes:
        share: of the variance of the costs, from 0 to 1.
        p: how often a field that does nothing would seem to do so much or more; None where there
            are too few candidates for that to be rare.
        means: by the numbers of its groups, how much costs lie above the mean, without what the
            other fields do.
    """

    share: float
    p: float | None
    means: dict[int, float]


def main_effects(costs: Sequence[float], fields: Sequence[Field], seed: int = 1) -> list[Effect]:
    """Returns what each field does to the costs of candidates, one number each.

    Where candidates share all other fields, their costs are dealt anew among these only: then a p
    is exact, as for every combination of values. Else they are dealt among all, which is exact for
    fields that were drawn one by one.

    Source: additive effects as in the analysis of variance of Fisher, The design of experiments,
    1935, section 21 for the deals; the number of deals by Besag and Clifford, Sequential Monte
    Carlo p-values, 1991.
    """
    mean = fsum(costs) / len(costs)
    centred = [cost - mean for cost in costs]
    whole = fsum(cost**2 for cost in centred)
    found = []
    for at, field in enumerate(fields):
        others = [each for number, each in enumerate(fields) if number != at]
        own = without(centred, [each.groups for each in others], whole)
        among = strata(len(costs), [each.cells for each in others])
        share = between(own, field.groups) / whole if whole else 0.0
        p = chance(own, field.groups, among, Random(f"{seed}/{at}"))  # noqa: S311
        found.append(Effect(share, p, group_means(own, field.groups)))
    return found


def without(costs: Sequence[float], others: Sequence[Groups], whole: float) -> list[float]:
    """Returns what is left of costs without what the groups of other fields add, by least squares:
    each field takes in turn what it can of what the others leave."""
    left = [*costs]
    for _ in range(ROUNDS):
        moved = 0.0
        for groups in others:
            means = group_means(left, groups)
            moved += fsum(means[group] ** 2 for group in groups)
            left = [cost - means[group] for cost, group in zip(left, groups, strict=True)]
        if moved <= SETTLED * whole:
            break
    return left


def group_means(costs: Sequence[float], groups: Groups) -> dict[int, float]:
    members = defaultdict(list)
    for cost, group in zip(costs, groups, strict=True):
        members[group].append(cost)
    return {group: fsum(own) / len(own) for group, own in members.items()}


def between(costs: Sequence[float], groups: Groups) -> float:
    """Returns the sum of squares of the means of groups, a square for each candidate."""
    means = group_means(costs, groups)
    return fsum(means[group] ** 2 for group in groups)


def strata(candidates: int, others: Sequence[Groups]) -> list[list[int]]:
    """Returns which candidates costs are dealt among: those that share all other fields, if most
    share them with another; else all."""
    alike = defaultdict(list)
    for at in range(candidates):
        alike[tuple(cells[at] for cells in others)].append(at)
    shared = sum(len(each) for each in alike.values() if len(each) > 1)
    return [*alike.values()] if 2 * shared > candidates else [[*range(candidates)]]


def chance(
    costs: Sequence[float], groups: Groups, among: Sequence[Sequence[int]], random: Random
) -> float | None:
    """Returns how often groups differ so much or more when costs are dealt anew; None where even
    the largest difference would not be rare."""
    if rarest(groups, among) >= RARE:
        return None
    order = [at for members in among for at in members]
    places = defaultdict(list)
    for place, at in enumerate(order):
        places[groups[at]].append(place)

    def spread(dealt: Sequence[float]) -> float:  # as `between`, faster
        return sum(sum([dealt[at] for at in own]) ** 2 / len(own) for own in places.values())

    parts = [[costs[at] for at in members] for members in among]
    # Rounding must not make a deal less that is the same.
    seen = spread([*chain.from_iterable(parts)]) * (1 - 1e-9)
    deals = max(FEWEST_DEALS, min(MOST_DEALS, MOST_DEALT // len(costs)))
    as_good = 0
    for deal in range(1, deals + 1):
        for part in parts:
            random.shuffle(part)
        as_good += spread([*chain.from_iterable(parts)]) >= seen
        if as_good == ENOUGH:
            return as_good / deal
    return (as_good + 1) / (deals + 1)


def rarest(groups: Groups, among: Sequence[Sequence[int]]) -> float:
    """Returns how often the largest difference comes by chance: one deal of all that differ, and
    those that only exchange the names of groups alike in size."""
    counts = [Counter(groups[at] for at in members) for members in among]
    deals = fsum(
        lgamma(each.total() + 1) - fsum(lgamma(size + 1) for size in each.values())
        for each in counts
    )
    profiles = Counter(tuple(each[group] for each in counts) for group in {*groups})
    names = fsum(lgamma(alike + 1) for alike in profiles.values())
    return exp(names - deals)

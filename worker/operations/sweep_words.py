"""What comes of a sweep, in words."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from worker.operations.sweep_effects import Mattered
from worker.operations.sweep_failures import failures_in_words
from worker.operations.sweep_leaderboard import Place
from worker.operations.sweep_names import listed, names_of, told, value_in_words
from worker.spec.vary import as_text

QUICKER = 2  # so many times as quick as the best is worth a word


def in_words(places: Sequence[Place], effects: Sequence[Mattered]) -> str:
    """Returns sentences for a person.

    Args:
        places: all candidates, the best first.
        effects: what each field does, the largest share first.
    """
    return " ".join(
        [
            *best_in_words(places),
            *others_in_words(places),
            *failures_in_words([each.tried for each in places]),
            *effects_in_words(effects, places),
        ]
    )


def best_in_words(places: Sequence[Place]) -> Iterator[str]:
    verdicts = Counter(each.verdict for each in places)
    if not verdicts["best"]:
        yield "No candidate is measured yet."
        return
    best, tied, worse = places[0].tried, verdicts["tied"], verdicts["worse"]
    who = f"Candidate {best.index} ({told(best.changes)})"
    on = f"on {best.validation_rows:,} validation rows" if best.validation_rows else "so far"
    if not tied + worse:
        yield f"{who} is the only one that was measured to the end, {on}."
    elif not tied:
        yield f"{who} is ahead of {'the other one' if worse == 1 else f'all {worse} others'} {on}."
    elif not worse:
        others = "the other one is" if tied == 1 else f"all {tied} others are"
        yield f"{who} has the lowest cost, but {others} tied with it {on}."
    else:
        others = "1 other is" if tied == 1 else f"{tied} others are"
        yield f"{who} is ahead of {worse}; {others} tied with it {on}."
    if any(each.gap is not None and not each.gap.by_rows for each in places):
        yield (
            "They are compared by how many rows each answered right, since it is not known which: "
            "that finds large differences only."
        )
    yield from quickest_in_words(places)


def quickest_in_words(places: Sequence[Place]) -> Iterator[str]:
    """One that is tied with the best, and takes much less time."""
    best = places[0].tried.seconds
    tied = [each.tried for each in places if each.verdict == "tied"]
    timed = [(each.seconds, each.index) for each in tied if each.seconds is not None]
    if best and timed and QUICKER * min(timed)[0] <= best:
        seconds, index = min(timed)
        yield (
            f"Of those that are tied candidate {index} is the quickest: "
            f"{seconds:.3g} s instead of {best:.3g}."
        )


def others_in_words(places: Sequence[Place]) -> Iterator[str]:
    """How many are not compared with the best."""
    given_up = sum(each.verdict == "given_up" for each in places)
    states = Counter(each.tried.state for each in places)
    open_ = sum(states[state] for state in ("waiting", "queued", "running", "paused"))
    for count, what in ((given_up, "given up on the way"), (states["cancelled"], "cancelled")):
        if count:
            yield f"{count} {'was' if count == 1 else 'were'} {what}."
    if open_:
        yield f"{open_} {'is' if open_ == 1 else 'are'} not over yet."


def effects_in_words(effects: Sequence[Mattered], places: Sequence[Place]) -> Iterator[str]:
    names = names_of([each.path for each in effects])
    differing = [
        each for each in effects if len({as_text(value) for value in every(each, places)}) > 1
    ]
    shown = [each for each in differing if each.shows]
    silent = [each for each in differing if not each.shows and each.p is not None]
    unknown = [names[each.path] for each in differing if each.p is None]
    said = []
    for place, each in enumerate(shown):
        how = "" if len(differing) == 1 else " most" if place == 0 else " too"
        said.append(
            f"{names[each.path]} mattered{how} ({percent(each.share)} of the differences, "
            f"p = {each.p:.2g})"
        )
    said += [f"{names[each.path]} did not show (p = {each.p:.2g})" for each in silent]
    ends = [each for each in shown if each.beyond]
    said += [end_in_words(each, names[each.path]) for each in ends]
    if said:
        yield f"{'; '.join(said)}."
    if unknown:
        count = sum(each.rank is not None for each in places)
        yield f"{count} candidates are too few to tell whether {listed(unknown)} mattered."


def percent(share: float) -> str:
    return "under 1 %" if share < 0.01 else f"{100 * share:.0f} %"


def every(effect: Mattered, places: Sequence[Place]) -> list[Any]:
    return [each.tried.changes[effect.path] for each in places if each.rank is not None]


def end_in_words(effect: Mattered, name: str) -> str:
    edge = effect.best[-1] if effect.beyond == "above" else effect.best[0]
    return (
        f"the best values of {name} lie at the end of what was tried: look {effect.beyond} "
        f"{value_in_words(edge)}"
    )

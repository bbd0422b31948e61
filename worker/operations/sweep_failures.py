"""What the candidates of a sweep that failed have in common, in words."""

from collections.abc import Iterator, Sequence
from itertools import permutations
from typing import Any

from worker.errors import Diverged
from worker.operations.sweep_leaderboard import MEASURED, Tried
from worker.operations.sweep_names import is_number, listed, names_of, told, value_in_words
from worker.spec.vary import as_text

NAMED = 5  # candidates, at most


def failures_in_words(tried: Sequence[Tried]) -> Iterator[str]:
    """Yields a sentence for each cause: how many failed by it, and which."""
    sound = [each for each in tried if each.state in MEASURED]
    failed = sorted((each for each in tried if each.state == "failed"), key=lambda each: each.index)
    for code in dict.fromkeys(each.problem for each in failed):
        yield sentence([each for each in failed if each.problem == code], sound, code)


def sentence(failed: Sequence[Tried], sound: Sequence[Tried], code: str | None) -> str:
    what = "diverged" if code == Diverged.code else f"failed ({code})" if code else "failed"
    if len(failed) == 1:
        return f"Candidate {failed[0].index} ({told(failed[0].changes)}) {what}."
    if not sound:
        return f"{len(failed)} {what}, and none came to its end."
    names = names_of([*failed[0].changes])
    for path in names:
        if (common := common_of(path, failed, sound)) is not None:
            return f"All {len(failed)} with {names[path]} {common} {what}."
    for first, path in permutations(names, 2):
        if (value := shared(first, failed)) is None:
            continue
        alike = [each for each in sound if as_text(each.changes[first]) == as_text(value)]
        if (common := common_of(path, failed, alike)) is not None:
            both = f"{names[first]} {value_in_words(value)} and {names[path]} {common}"
            return f"All {len(failed)} with {both} {what}."
    named = [str(each.index) for each in failed[:NAMED]]
    more = [f"{len(failed) - NAMED} more"] if len(failed) > NAMED else []
    return f"{len(failed)} {what}: candidates {listed([*named, *more])}."


def common_of(path: str, failed: Sequence[Tried], sound: Sequence[Tried]) -> str | None:
    """Returns which values of a field those have that failed, and none that did not; None if there
    are no such values."""
    own, others = ([each.changes[path] for each in some] for some in (failed, sound))
    if all(map(is_number, [*own, *others])):
        if min(own) > max(others):
            return f"above {value_in_words(max(others))}"
        if max(own) < min(others):
            return f"below {value_in_words(min(others))}"
    value = shared(path, failed)
    if value is None or as_text(value) in map(as_text, others):
        return None
    return value_in_words(value)


def shared(path: str, failed: Sequence[Tried]) -> Any:
    """Returns the value of a field that all of them have; None if they have several."""
    values = {as_text(each.changes[path]): each.changes[path] for each in failed}
    return next(iter(values.values())) if len(values) == 1 else None

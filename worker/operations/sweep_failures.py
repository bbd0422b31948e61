"""What the candidates of a sweep that failed have in common, in words."""

from collections.abc import Iterator, Sequence
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
    for path, name in names_of([*failed[0].changes]).items():
        common = common_of(*([each.changes[path] for each in some] for some in (failed, sound)))
        if common is not None:
            return f"All {len(failed)} with {name} {common} {what}."
    named = [str(each.index) for each in failed[:NAMED]]
    more = [f"{len(failed) - NAMED} more"] if len(failed) > NAMED else []
    return f"{len(failed)} {what}: candidates {listed([*named, *more])}."


def common_of(failed: Sequence[Any], sound: Sequence[Any]) -> str | None:
    """Returns what values of a field have in common that failed, and none that did not; None if
    there is nothing."""
    if all(map(is_number, [*failed, *sound])):
        if min(failed) > max(sound):
            return f"above {value_in_words(max(sound))}"
        if max(failed) < min(sound):
            return f"below {value_in_words(min(sound))}"
    texts = {as_text(each) for each in failed}
    if len(texts) == 1 and not texts & {as_text(each) for each in sound}:
        return value_in_words(failed[0])
    return None

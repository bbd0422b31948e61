"""Findings about a version that answers: only what the rows can tell, and what is worth a word."""

from collections.abc import Iterator
from typing import NamedTuple

from worker.findings.cochran import chi_squared_tail
from worker.findings.finding import short
from worker.findings.intervals import wilson_interval
from worker.findings.rule import Observation, Rule
from worker.jsontypes import Json
from worker.store.answered_counts import Counts, Light

FEW = 100  # rows, of which less say nothing
RARE = 0.001  # by chance, below which it is believed
SHIFT = 0.1  # of all answers, that name another class than before
FAR_TIMES = 2.0  # as many as lie far from the training rows by themselves
STEPS = 0.5  # deviations of the training pictures, by which others are brighter or darker
LARGEST = 20  # classes that are compared one by one; the rest together
NORMAL_RARE = 3.2905267314919255  # standard errors: the point of the normal distribution for RARE


class Seen(NamedTuple):
    """Attributes:
    counts: of the time that is looked at.
    tested: how the version answered the rows for testing, if there were any.
    far_share: of rows like the training ones, how many lie far from them.
    light: how bright the training pictures are.
    """

    counts: Counts
    tested: Json | None
    far_share: float | None
    light: Light | None


def few_judged(seen: Seen) -> Observation | None:
    counts = seen.counts
    if counts.judged >= FEW or not counts.predictions:
        return None
    return Observation(
        f"Of {counts.judged:,} of {counts.predictions:,} predictions it is known what was true: "
        f"too few to say how often they are right; {FEW} are the least.",
        {"predictions": counts.predictions, "judged": counts.judged},
    )


def less_accurate(seen: Seen) -> Observation | None:
    counts = seen.counts
    if seen.tested is None or counts.judged < FEW:
        return None
    low, high = wilson_interval(counts.right, counts.judged)
    before = seen.tested["accuracy_interval"]
    if high >= before[0]:
        return None
    return Observation(
        f"{counts.right / counts.judged:.1%} of {counts.judged:,} judged predictions were right "
        f"({low:.1%} to {high:.1%}), {seen.tested['accuracy']:.1%} of the rows for testing. Train "
        "it again, on rows such as those that it meets now.",
        {
            "judged": counts.judged,
            "accuracy": short(counts.right / counts.judged),
            "accuracy_interval": [short(low), short(high)],
            "tested_interval": before,
        },
    )


def other_answers(seen: Seen) -> Observation | None:
    if seen.tested is None or seen.counts.predictions < FEW:
        return None
    before = [sum(column) for column in zip(*seen.tested["confusion"], strict=True)]
    now = seen.counts.answered
    chance, shift = differ(before, now)
    if chance is None or chance >= RARE or shift < SHIFT:
        return None
    return Observation(
        f"{shift:.0%} of the answers name another class than on the rows for testing, by whose "
        "shares. Either other things are asked, or they look otherwise.",
        {"shift": short(shift), "p": short(chance), "predictions": seen.counts.predictions},
    )


def unfamiliar(seen: Seen) -> Observation | None:
    counts = seen.counts
    if seen.far_share is None or counts.predictions < FEW:
        return None
    low, high = wilson_interval(counts.far, counts.predictions)
    if low <= FAR_TIMES * seen.far_share:
        return None
    return Observation(
        f"{counts.far / counts.predictions:.1%} of what is asked lies far from the training rows "
        f"({low:.1%} to {high:.1%}); of rows like these, {seen.far_share:.1%} do. Look at some, "
        "and add such rows to the dataset.",
        {
            "far": counts.far,
            "predictions": counts.predictions,
            "share_interval": [short(low), short(high)],
            "expected_share": short(seen.far_share),
        },
    )


def other_light(seen: Seen) -> Observation | None:
    now, before = seen.counts.light, seen.light
    if now is None or before is None or min(now.rows, before.rows) < FEW:
        return None
    steps = (now.mean - before.mean) / before.deviation if before.deviation else 0.0
    if abs(steps) < STEPS or now.apart(before) < NORMAL_RARE:
        return None
    which = "brighter" if steps > 0 else "darker"
    return Observation(
        f"Pictures are {which} than those that it has learned from: {now.mean:.2f} in the mean, "
        f'and not {before.mean:.2f}. Look at the camera, or train with "brightness" in '
        '"augmentation".',
        {"mean": short(now.mean), "training_mean": short(before.mean), "deviations": short(steps)},
    )


LIVE = (
    Rule("few_judged", "info", few_judged),
    Rule("less_accurate", "warning", less_accurate),
    Rule("other_answers", "warning", other_answers),
    Rule("unfamiliar_inputs", "warning", unfamiliar),
    Rule("other_brightness", "warning", other_light),
)


def differ(before: list[int], now: list[int]) -> tuple[float | None, float]:
    """Returns how often two lists of counts of one source would differ so much by chance, None
    where there are too few of them, and the share that would have to change sides.

    Source: Pearson's test of homogeneity, 1900; columns that expect less than five are added up.
    """
    columns = [*together(before, now)]
    totals = sum(a for a, _ in columns), sum(b for _, b in columns)
    if min(totals) < FEW or len(columns) < 2:
        return None, 0.0
    square = 0.0
    for pair in columns:
        for count, total in zip(pair, totals, strict=True):
            expected = total * sum(pair) / sum(totals)
            square += (count - expected) ** 2 / expected
    shift = sum(abs(a / totals[0] - b / totals[1]) for a, b in columns) / 2
    return chi_squared_tail(square, len(columns) - 1), shift


def together(before: list[int], now: list[int]) -> Iterator[tuple[int, int]]:
    """The counts of the largest classes, and those of all others added up."""
    pairs = sorted(zip(before, now, strict=True), key=sum, reverse=True)
    share = min(sum(before), sum(now)) / max(1, sum(before) + sum(now))
    large = [pair for pair in pairs[:LARGEST] if share * sum(pair) >= 5]
    rest = pairs[len(large) :]
    yield from large
    others = sum(a for a, _ in rest), sum(b for _, b in rest)
    if sum(others):
        yield others

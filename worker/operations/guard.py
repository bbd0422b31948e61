"""Whether a version may take the place of the champion, by what is known of both."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from worker.findings.paired import Paired
from worker.jsontypes import Json
from worker.training.model import FOLD_TOLERANCE


class Verdict(NamedTuple):
    """What the guard says of a candidate.

    Attributes:
        reasons: why it may not take the place of the champion; none if it may.
        comparisons: how both answered the same rows.
        not_compared: why they were not compared on other rows; that alone is no reason.
    """

    reasons: list[str]
    comparisons: list[Paired]
    not_compared: list[str]

    @property
    def allowed(self) -> bool:
        return not self.reasons

    def as_dict(self) -> Json:
        """Returns it as plain JSON."""
        comparisons = [each.as_dict() for each in self.comparisons]
        return {**self._asdict(), "allowed": self.allowed, "comparisons": comparisons}


def judged(
    champion: Json, candidate: Json, comparisons: Sequence[Paired], not_compared: Sequence[str] = ()
) -> Verdict:
    """Returns whether a candidate may take the champion's place, both given by their manifests."""
    reasons = [reason for check in CHECKS for reason in check(champion, candidate)]
    reasons += [worse(each) for each in comparisons if each.is_worse]
    unknown = [] if comparisons or not_compared else [NOTHING_KEPT]
    return Verdict(reasons, [*comparisons], [*not_compared, *unknown])


NOTHING_KEPT = "There are no rows of which it is known what both versions answered."
SHOWN = 10  # classes or columns that are named at most


def other_classes(champion: Json, candidate: Json) -> Iterator[str]:
    before, now = champion["classes"], candidate["classes"]
    if {*before} != {*now}:
        yield f"It answers other classes than the champion: {difference(before, now)}."


def other_samples(champion: Json, candidate: Json) -> Iterator[str]:
    before, now = kind_of(champion), kind_of(candidate)
    if before != now:
        yield f"It takes {now}s, and the champion takes {before}s."
    elif (ours := columns_of(champion)) != (theirs := columns_of(candidate)):
        said = difference(ours, theirs) if {*ours} != {*theirs} else "they stand in another order"
        yield f"Its table has other columns than the champion's: {said}."


def kind_of(manifest: Json) -> str:
    # Before there were tables, nobody said what was a picture.
    return str(manifest["preprocessing"].get("kind", "picture"))


def columns_of(manifest: Json) -> list[str]:
    return [column["name"] for column in manifest["preprocessing"].get("columns", ())]


def difference(before: Sequence[str], now: Sequence[str]) -> str:
    """What is missing and what is new, in words."""
    gone = [name for name in before if name not in {*now}][:SHOWN]
    new = [name for name in now if name not in {*before}][:SHOWN]
    said = [
        f"{what} {', '.join(some)}" for what, some in (("without", gone), ("with", new)) if some
    ]
    return " and ".join(said)


def unproven_fold(champion: Json, candidate: Json) -> Iterator[str]:
    found = candidate.get("fold_difference")
    if found is None or not found <= FOLD_TOLERANCE:
        yield (
            f"Expected it to answer within {FOLD_TOLERANCE:g} of the network that was trained, "
            f"got {'no proof' if found is None else format(found, '.2g')}."
        )


def severe_findings(champion: Json, candidate: Json) -> Iterator[str]:
    for finding in candidate.get("findings", ()):
        if finding["severity"] == "severe":
            yield f"The doctor found {finding['code']}: {finding['message']}"


def worse(found: Paired) -> str:
    said = found.as_dict()
    return (
        f"It is worse than the champion on the {found.rows:,} test rows of {found.on}: right on "
        f"{said['candidate_right']:,} and the champion on {said['champion_right']:,}, which is no "
        f"chance (p = {found.p:.2g})."
    )


CHECKS: tuple[Callable[[Json, Json], Iterator[str]], ...] = (
    other_classes,
    other_samples,
    unproven_fold,
    severe_findings,
)

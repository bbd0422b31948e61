"""How a version does since it answers: what was answered, what of it was right, and whether what is
asked is still what it has learned from."""

import time
from typing import NamedTuple

from worker.errors import DatasetNotFound
from worker.findings.finding import Finding
from worker.findings.rule import findings
from worker.jsontypes import Json
from worker.operations.live_findings import LIVE, Seen
from worker.store.answered import Segment
from worker.store.answered_counts import Answered, Counts, Light, light_of
from worker.store.store import Store

HOUR_MS = 3_600_000
PERIODS = 24  # at most, into which a time is divided
MOST_TOLD = 100  # versions at /metrics


class Live(NamedTuple):
    """Attributes:
    since_ms, until_ms: the time of which it is told, in milliseconds since 1970.
    manifest: of the version.
    counts: of that time; `periods` those of its parts, from their beginnings.
    training_light: how bright the pictures were that it has learned from; None where that is not
        known any more.
    """

    since_ms: int
    until_ms: int
    manifest: Json
    counts: Counts
    periods: list[tuple[int, Counts]]
    training_light: Light | None

    @property
    def tested(self) -> Json | None:
        """How it answered the rows for testing, if there were any."""
        found: Json | None = self.manifest["result"].get("test")
        return found

    @property
    def far_share(self) -> float | None:
        """Of rows like those that it has learned from, how many lie far from them; None where no
        answer is unsure for that."""
        far = (self.manifest.get("unsure") or {}).get("far_from_training")
        return None if far is None else float(far["share"])

    @property
    def findings(self) -> list[Finding]:
        """What has changed, as far as so few or so many rows tell."""
        seen = Seen(self.counts, self.tested, self.far_share, self.training_light)
        return findings(LIVE, seen)


class LiveModels:
    """What was answered by the versions of models."""

    def __init__(self, store: Store) -> None:
        self._store, self._answered = store, store.answered
        self._totals = dict[tuple[Segment, tuple[int, int]], Counts]()  # by their sizes
        self._lights: dict[str, Light | None] = {}  # of datasets, which never change

    def of(self, name: str, version: int, hours: int) -> Live:
        """Returns how a version did in the last hours.

        Raises:
            ModelNotFound: there is no such version.
        """
        manifest = self._store.models.manifest(name, version)
        until_ms = time.time_ns() // 1_000_000 + 1
        since_ms = until_ms - hours * HOUR_MS
        kept = self._answered.segments(name, version)
        both = [(self._answered.rows(each), self._answered.truths(each)) for each in kept]
        answered = Answered(both, len(manifest["classes"]))
        step = max(1, -(-hours // PERIODS)) * HOUR_MS
        starts = range(since_ms, until_ms, step)
        periods = [(at, answered.between(at, min(at + step, until_ms))) for at in starts]
        counts = answered.between(since_ms, until_ms)
        light = self._light(manifest) if counts.light else None
        return Live(since_ms, until_ms, manifest, counts, periods, light)

    def totals(self) -> dict[tuple[str, int], Counts]:
        """Returns what is kept of each version, of the last MOST_TOLD that answered."""
        found = dict[tuple[str, int], Counts]()
        remembered = dict[tuple[Segment, tuple[int, int]], Counts]()
        for each in reversed(self._answered.segments()):
            key = each.model, each.version
            if key in found or len(found) < MOST_TOLD:
                size = self._answered.sizes(each)
                counts = self._totals.get((each, size)) or self._counts(each)
                remembered[each, size] = counts
                found[key] = added(found[key], counts) if key in found else counts
        self._totals = remembered
        return found

    def _counts(self, segment: Segment) -> Counts:
        rows, truths = self._answered.rows(segment), self._answered.truths(segment)
        return Answered([(rows, truths)], 0).between(0, 2**63)

    def _light(self, manifest: Json) -> Light | None:
        """How bright the training rows are; read once."""
        dataset = manifest["dataset"]["id"]
        if manifest.get("backbone") or len(manifest["shape"]) != 3:
            return None
        if dataset not in self._lights:
            try:
                self._lights[dataset] = light_of(self._store.datasets.rows(dataset, "train"))
            except DatasetNotFound:
                return None
        return self._lights[dataset]


def added(one: Counts, other: Counts) -> Counts:
    """The numbers of both, but those of classes and pictures."""
    names = ("predictions", "unsure", "far", "judged", "right")
    return Counts(*(getattr(one, name) + getattr(other, name) for name in names))

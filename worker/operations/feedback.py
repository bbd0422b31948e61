"""What is said of predictions afterwards: what was true."""

import re
import time
from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from worker.errors import (
    IllegalMove,
    InvalidParameter,
    LimitExceeded,
    ModelNotFound,
    PredictionNotFound,
    WorkerError,
)
from worker.store.answered import NONE, AnsweredStore, Segment
from worker.store.store import Store

ID = re.compile(r"ans_([0-9a-f]{20})([0-9a-f]{8})")
DAY_MS = 86_400_000


class Judged(NamedTuple):
    """What became of an item: "noted", "corrected", "unchanged", or the error that refuses it."""

    prediction_id: str
    outcome: str | WorkerError


class Feedback:
    """Truths about predictions that are kept.

    Args:
        days: for which they are; 0: none is.
    """

    def __init__(self, store: Store, days: int) -> None:
        self._store, self._answered, self._days = store, store.answered, days

    def give(self, said: Sequence[tuple[str, str | None]]) -> list[Judged]:
        """Note the true label of each prediction, None for none of the model's classes. What was
        said before is said again or corrected; of one that is named twice the last counts.

        Raises:
            IllegalMove: predictions have no ids here.
            StoreFull: the disk is full.
        """
        if not self._days:
            raise IllegalMove(
                "Expected predictions that are kept, but none is: set PURR_KEEP_ANSWERS_DAYS, and "
                "predictions carry an id from then on."
            )
        segments = {each.id: each for each in self._answered.segments()}
        found: dict[str, str | WorkerError] = {}
        by_segment: dict[Segment, dict[int, tuple[str, int]]] = defaultdict(dict)
        rows, classes = dict[Segment, int](), dict[Segment, list[str]]()
        for prediction_id, label in said:
            try:
                segment, row = self._placed(prediction_id, segments)
                if segment not in rows:
                    rows[segment] = len(self._answered.rows(segment))
                    classes[segment] = self._classes(segment)
                if row >= rows[segment]:
                    raise self._missing(prediction_id)
                number = number_of(label, classes[segment])
                by_segment[segment][row] = prediction_id, number
            except WorkerError as error:
                found[prediction_id] = error
        for segment, items in by_segment.items():
            found |= judged(self._answered, segment, items)
        return [Judged(prediction_id, found[prediction_id]) for prediction_id, _ in said]

    def tidy(self, most_bytes: int) -> None:
        """Forget predictions that are too old, and the oldest of more than so many bytes."""
        oldest_ms = time.time_ns() // 1_000_000 - self._days * DAY_MS
        self._answered.trim(oldest_ms, most_bytes)

    def _placed(self, prediction_id: str, segments: dict[str, Segment]) -> tuple[Segment, int]:
        named = ID.fullmatch(prediction_id)
        if named is None or (segment := segments.get(named[1])) is None:
            raise self._missing(prediction_id)
        return segment, int(named[2], 16)

    def _missing(self, prediction_id: str) -> PredictionNotFound:
        return PredictionNotFound(
            f"No prediction has the id {prediction_id[:60]!r}. It is older than {self._days} days, "
            "had to make room for others, or is younger than a second; ask again then."
        )

    def _classes(self, segment: Segment) -> list[str]:
        try:
            manifest = self._store.models.manifest(segment.model, segment.version)
        except ModelNotFound as error:
            raise PredictionNotFound(f"The version that predicted it is gone. {error}") from error
        return list(manifest["classes"])


def number_of(label: str | None, classes: Sequence[str]) -> int:
    """Returns the number of a class; NONE for none of them.

    Raises:
        InvalidParameter: there is no such class.
    """
    if label is None:
        return NONE
    if label not in classes:
        raise InvalidParameter(
            f"Expected a class of the model, {', '.join(classes[:10])}"
            f"{', …' if len(classes) > 10 else ''}, or null for none of them, got {label[:60]!r}.",
            "/label",
        )
    return classes.index(label)


def judged(
    answered: AnsweredStore, segment: Segment, items: dict[int, tuple[str, int]]
) -> dict[str, str | WorkerError]:
    """Note what is true of rows of a segment; returns what became of each, by its id."""
    labels = {row: number for row, (_, number) in items.items()}
    outcomes = answered.judge(segment, labels, time.time_ns() // 1_000_000)
    refused = LimitExceeded(
        "Expected few corrections; those of the predictions of that time are used up."
    )
    return {
        prediction_id: refused if outcomes[row] == "refused" else outcomes[row]
        for row, (prediction_id, _) in items.items()
    }

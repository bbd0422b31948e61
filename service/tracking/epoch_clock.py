"""When each epoch of a job was over. Its metrics say only for how long it had trained by then.

Some epochs were told of as events, which have a time. Those between were trained without a pause,
so their seconds say how long before or after such a one they were.
"""

from bisect import bisect_left
from typing import NamedTuple

from worker.jsontypes import Json
from worker.store.thinning import number_of

Training = tuple[int | None, int | None]  # which repeat and fold; both None without


class Told(NamedTuple):
    """An epoch of which an event told, and when."""

    number: int
    training: Training
    seconds: float
    ms: float


class EpochClock:
    """Times in milliseconds since 1970; they never go back.

    Args:
        start_ms: when the job began, which counts where no event is left to tell.
    """

    def __init__(self, start_ms: float) -> None:
        self._start_ms = start_ms
        self._told: list[Told] = []

    def tell(self, row: Json, ms: float) -> None:
        """Note that this row was told of at this time, later than all before."""
        # What an attempt did behind its last checkpoint, the next one did again.
        while self._told and self._told[-1].number >= number_of(row):
            self._told.pop()
        self._told.append(Told(number_of(row), training_of(row), row["seconds"], ms))

    def ms_of(self, row: Json) -> float:
        """Returns when the epoch of this row was over."""
        at = bisect_left(self._told, number_of(row), key=lambda told: told.number)
        before = self._told[at - 1] if at else None
        after = self._told[at] if at < len(self._told) else None
        ms = self._near(row, before, after)
        if after is not None:
            ms = min(ms, after.ms)
        return ms if before is None else max(ms, before.ms)

    def _near(self, row: Json, before: Told | None, after: Told | None) -> float:
        # The one behind first: a pause lies between an attempt's first epoch and the one before.
        for told in (after, before):
            if told is not None and told.training == training_of(row):
                return told.ms + 1000 * (float(row["seconds"]) - told.seconds)
        if after is not None:
            return after.ms
        return before.ms if before is not None else self._start_ms + 1000 * float(row["seconds"])


def training_of(row: Json) -> Training:
    return row.get("repeat"), row.get("fold")

"""Rows that several threads ask one network about at the same time, computed together.

A row of a large dense network takes as long as its weights take from memory, and those beside it
little more. Nobody waits for others to come: while rows are computed, those that come wait, and are
the next.
"""

from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from threading import Condition

import numpy as np

from worker.nn.arrays import Array

MOST_ROWS = 16  # together: they take some three times as long as one

Found = tuple[Array, Array]
Compute = Callable[[Array], Found]


@dataclass(eq=False)
class Asked:
    """Rows that a thread asks about, (m, …).

    Attributes:
        found: what was computed of them, two arrays of m rows; None if nothing could be.
        ended: whether that has been tried.
    """

    rows: Array
    found: Found | None = None
    ended: bool = False


class Together:
    """Has the rows of several threads computed by one of them, and no others meanwhile."""

    def __init__(self, most: int = MOST_ROWS) -> None:
        """
        Args:
            most: rows that are computed together; more than that are computed alone.
        """
        self._most = min(most, MOST_ROWS)
        self._waiting: deque[Asked] = deque()
        self._computing = False
        self._changed = Condition()

    def computed(self, compute: Compute, rows: Array) -> Found:
        """Returns what `compute` makes of these rows, (m, …): two arrays of m rows.

        Where it fails, perhaps because of the rows of others, these are computed alone.
        """
        own = Asked(rows)
        with self._changed:
            self._waiting.append(own)
        while batch := self._next(own):
            self._compute(compute, batch)
        return own.found or compute(rows)

    def _next(self, own: Asked) -> Sequence[Asked]:
        """Waits while another thread computes. Returns what this one must compute, which others may
        have asked before it; nothing once its own has ended."""
        with self._changed:
            self._changed.wait_for(lambda: own.ended or not self._computing)
            if own.ended:
                return ()
            self._computing = True
            batch = [self._waiting.popleft()]
            rows = len(batch[0].rows)
            while self._waiting and rows + len(self._waiting[0].rows) <= self._most:
                batch.append(self._waiting.popleft())
                rows += len(batch[-1].rows)
            return batch

    def _compute(self, compute: Compute, batch: Sequence[Asked]) -> None:
        try:
            with suppress(Exception):  # each thread tries its own rows, and sees why
                self._compute_all(compute, batch)
        finally:
            with self._changed:
                self._computing = False
                for asked in batch:
                    asked.ended = True
                self._changed.notify_all()

    def _compute_all(self, compute: Compute, batch: Sequence[Asked]) -> None:
        found = compute(np.concatenate([asked.rows for asked in batch]))
        ends = np.cumsum([len(asked.rows) for asked in batch])[:-1]
        for asked, *parts in zip(batch, *(np.split(each, ends) for each in found), strict=True):
            asked.found = parts[0], parts[1]

"""What is measured of the training rows of a table: of these alone, so that nothing of the test
rows is known in training."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from worker.data.tables.column_kinds import Kind
from worker.data.tables.columns import (
    Cells,
    Column,
    NumberColumn,
    Numbers,
    TextColumn,
)

SAMPLED = 2**22  # numbers of which medians are taken, of all columns together


class NumberMeasures:
    """Of some columns of numbers, of which there are so many rows.

    Source: Chan, Golub and LeVeque, Updating formulae and a pairwise algorithm for computing sample
    variances, 1979.
    """

    def __init__(self, columns: int, rows: int) -> None:
        self._count, self._seen = np.zeros(columns), 0
        self._mean, self._spread = np.zeros(columns), np.zeros(columns)
        self._low, self._high = np.full(columns, np.inf), np.full(columns, -np.inf)
        self._every = max(1, -(-rows * columns // SAMPLED))
        self._samples: list[Numbers] = []  # of each look, (columns, some rows)

    def look(self, cells: Sequence[Cells]) -> None:
        """Take in more rows: of each column, (m,); nan where a number is missing."""
        known = [own if not (lacking := np.isnan(own)).any() else own[~lacking] for own in cells]
        count = np.array([len(own) for own in known])
        mean = np.array([own.mean() if len(own) else 0.0 for own in known])
        spread = np.array([_spread(own, middle) for own, middle in zip(known, mean, strict=True)])
        total = np.maximum(self._count + count, 1)
        between, share = mean - self._mean, count / total
        self._spread += spread + between**2 * self._count * share
        self._mean += between * share
        self._count += count
        self._low = np.minimum(self._low, [own.min(initial=np.inf) for own in known])
        self._high = np.maximum(self._high, [own.max(initial=-np.inf) for own in known])
        some = slice(-self._seen % self._every, None, self._every)
        self._samples.append(np.array([own[some] for own in cells]))
        self._seen += len(cells[0])

    def column(self, place: int, name: str) -> NumberColumn:
        """Returns one of the columns, of this name."""
        count = int(self._count[place])
        if not count:
            return NumberColumn(name, mean=0.0, deviation=0.0, median=0.0, missing=True)
        mean = float(self._mean[place])
        varies = self._low[place] < self._high[place]
        sample = np.concatenate([rows[place] for rows in self._samples])
        sample = sample[~np.isnan(sample)]
        return NumberColumn(
            name,
            mean=mean,
            deviation=float(np.sqrt(self._spread[place] / count)) if varies else 0.0,
            median=float(np.median(sample)) if len(sample) else mean,
            missing=count < self._seen,
        )


def _spread(numbers: Numbers, mean: float) -> float:
    """The sum of their squared distances from the mean."""
    away = numbers - mean
    return float(np.square(away, out=away).sum())


class Measures:
    """Of all columns of a table that are used."""

    def __init__(self, kinds: Sequence[Kind], rows: int) -> None:
        self._kinds = kinds
        self._of_numbers = [place for place, kind in enumerate(kinds) if kind.texts is None]
        self._numbers = NumberMeasures(len(self._of_numbers), rows)
        # How often each text comes, and behind them what is missing.
        self._counts: dict[int, NDArray[np.int64]] = {
            place: np.zeros(len(kind.texts) + 1, np.int64)
            for place, kind in enumerate(kinds)
            if kind.texts is not None
        }

    def look(self, cells: Sequence[Cells]) -> None:
        """Take in more training rows: of each column, (m,)."""
        for place, counts in self._counts.items():
            # MISSING, -1, is counted in the last place.
            counts += np.bincount(cells[place] % len(counts), minlength=len(counts))
        if self._of_numbers:
            self._numbers.look([cells[place] for place in self._of_numbers])

    def columns(self, names: Sequence[str]) -> tuple[Column, ...]:
        """Returns the columns, with what was measured."""
        return tuple(self._column(place, name) for place, name in enumerate(names))

    def _column(self, place: int, name: str) -> Column:
        texts = self._kinds[place].texts
        if texts is None:
            return self._numbers.column(self._of_numbers.index(place), name)
        *counts, missing = self._counts[place].tolist()
        known = tuple(text for text, count in zip(texts, counts, strict=True) if count)
        return TextColumn(name, known, missing=missing > 0)

"""The cells of a file, kept while they are few: to read them again is far slower."""

from collections.abc import Callable, Collection, Sequence

import pyarrow as pa

from worker.data.tables.source import Batches, Source

Read = Callable[[Sequence[int], Collection[int]], Batches]


class Kept:
    """Cells, once they have been read to the end.

    Attributes:
        most_bytes: more than these are not kept, but read again; 0 once there were more.
    """

    def __init__(self, read: Read, most_bytes: int) -> None:
        self.most_bytes = most_bytes
        self._read = read
        self._columns: Sequence[int] = ()
        self._numbers: Collection[int] = ()
        self._batches: list[list[pa.Array]] | None = None

    def read(self, columns: Sequence[int], numbers: Collection[int]) -> Batches:
        """Yields what `Source.read` does."""
        if self._batches is None or not {*columns} <= {*self._columns} or numbers != self._numbers:
            yield from self._first(columns, numbers)
            return
        places = [self._columns.index(column) for column in columns]
        for batch in self._batches:
            yield [batch[place] for place in places]

    def _first(self, columns: Sequence[int], numbers: Collection[int]) -> Batches:
        kept: list[list[pa.Array]] | None = []
        size, self._batches = 0, None
        for batch in self._read(columns, numbers):
            size += sum(cells.nbytes for cells in batch)
            if kept is not None:
                kept.append(batch)
            kept = kept if size <= self.most_bytes else None
            yield batch
        self._columns, self._numbers, self._batches = columns, numbers, kept
        if kept is None:
            self.most_bytes = 0  # nor will they be fewer the next time


def keeping(source: Source, most_bytes: int) -> Source:
    """Returns the same, of which at most so many bytes are kept."""
    return source._replace(read=Kept(source.read, most_bytes).read)

"""Room in the store: the oldest trash makes way for what is new."""

from collections.abc import Sequence

from worker.errors import StoreFull
from worker.jobs.deletable import Deletable, deletable, scored
from worker.jobs.transitions import Transitions
from worker.jobs.trash import Trash
from worker.store.model_trash import ModelTrash
from worker.store.store import Store

NAMED = 3  # of what could be deleted, in a message


class Room:
    """What may still be written into the store.

    Every method raises QueueUnavailable if Redis does not answer when the trash is to make way.
    """

    def __init__(self, trash: Trash, records: dict[str, Transitions], store: Store) -> None:
        self._trashes: tuple[Trash | ModelTrash, ...] = trash, store.model_trash
        self._records, self._store = records, store

    def check(self, wanted_bytes: int = 0) -> None:
        """Refuse what there is no room for when the trash is empty. It takes microseconds where
        there is room, and is meant to be asked before every piece that is written.

        Raises:
            StoreFull: there is no room for so many bytes more; the message says what to delete.
        """
        while (full := self._full(wanted_bytes)) is not None:
            if not self.make():
                raise StoreFull(f"{full} {self._advice()}") from full

    def make(self) -> bool:
        """Remove what is to go next of all trash. Returns whether there was anything."""
        due = [(at, trash) for trash in self._trashes if (at := trash.next_ms()) is not None]
        return any(trash.empty_oldest() for _, trash in sorted(due, key=lambda pair: pair[0]))

    def keep(self) -> None:
        """Remove the oldest trash while the store takes more than it may."""
        while self._holds_any() and self._full() is not None and self.make():
            pass

    def _holds_any(self) -> bool:
        return any(trash.holds_any() for trash in self._trashes)

    def _full(self, wanted_bytes: int = 0) -> StoreFull | None:
        """Returns why there is no room for so many bytes more; None if there is."""
        try:
            self._store.check_room(wanted_bytes)
        except StoreFull as full:
            return full
        return None

    def _advice(self) -> str:
        found = deletable(self._records, self._store)
        advice = "There is no dataset and no version of a model that nothing needs."
        if found:
            named = largest(found)
            advice = f"The largest datasets and versions of models that nothing needs: {named}."
        results = scored(self._records, self._store)
        return (
            f"{advice} The largest results of scorings: {largest(results)}." if results else advice
        )


def largest(found: Sequence[Deletable]) -> str:
    """Returns the first NAMED, in words."""
    return ", ".join(f"{each.what} ({each.bytes:,} bytes)" for each in found[:NAMED])

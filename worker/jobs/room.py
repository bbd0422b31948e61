"""Room in the store: the oldest trash makes way for what is new."""

from worker.errors import StoreFull
from worker.jobs.deletable import deletable
from worker.jobs.transitions import Transitions
from worker.jobs.trash import Trash
from worker.store.store import Store

NAMED = 3  # datasets in a message


class Room:
    """What may still be written into the store.

    Every method raises QueueUnavailable if Redis does not answer when the trash is to make way.
    """

    def __init__(self, trash: Trash, records: dict[str, Transitions], store: Store) -> None:
        self._trash, self._records, self._store = trash, records, store

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
        """Remove the oldest dataset of the trash. Returns whether there was one."""
        return self._trash.empty_oldest()

    def keep(self) -> None:
        """Remove the oldest datasets of the trash while the store takes more than it may."""
        while self._trash.holds_any() and self._full() is not None and self.make():
            pass

    def _full(self, wanted_bytes: int = 0) -> StoreFull | None:
        """Returns why there is no room for so many bytes more; None if there is."""
        try:
            self._store.check_room(wanted_bytes)
        except StoreFull as full:
            return full
        return None

    def _advice(self) -> str:
        found = deletable(self._records, self._store)[:NAMED]
        named = ", ".join(f"{each.id} {each.name!r:.60} ({each.bytes:,} bytes)" for each in found)
        if not found:
            return "There is no dataset that no job, version or model needs."
        return f"The largest datasets that no job, version or model needs: {named}."

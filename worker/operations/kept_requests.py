"""How a request that makes jobs by itself is kept once, however often it comes with the same
key."""

from collections.abc import Callable

from worker.jobs.idempotency import Keys
from worker.jobs.record import new_id
from worker.jsontypes import Json
from worker.store.books import BookStore


class KeptRequests:
    """Requests of one kind, such as "swp"."""

    def __init__(self, books: BookStore, keys: Keys, kind: str) -> None:
        self._books, self._keys, self._kind = books, keys, kind

    def kept(self, asked: Json, key: str | None, admitted: Callable[[], Json]) -> str:
        """Returns the id of a request, or that of the first one with this key. When this returns,
        it is durable.

        Args:
            asked: by which a request that comes again is known.
            key: an idempotency key, if it came with one.
            admitted: what is kept of a request that is sound; raises what refuses it.

        Raises:
            IdempotencyConflict: the key came with another request before.
            StoreFull: the disk is full.
            WorkerError: as `admitted` raises it.
        """
        found = own = new_id(self._kind)
        about = None
        if key is not None:
            found, about = self._keys.reserve(key, asked, own)
        if self._books.request(found) is None:
            try:
                self._books.keep_request(found, admitted())
            except Exception:
                if about is not None and found == own:
                    self._keys.release(about, own)
                raise
        return found

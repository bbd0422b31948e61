"""Which model was published last, without reading what has not changed since the last question."""

from typing import NamedTuple

from worker.store.store import Store


class Seen(NamedTuple):
    """A model's folder as it was, and when its newest version was published, "" for none."""

    changed_ns: int
    published_at: str


class NewestModel:
    """Remembers, of each model, when its newest version was published.

    A folder's time of change tells that a version has come or gone; only then is a manifest read.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._seen: dict[str, Seen] = {}

    def name(self) -> str | None:
        """The model of which a version was published last; None where there is none."""
        folders = self._store.model_folders()
        self._seen = {name: self._look(name, changed) for name, changed in folders.items()}
        published = [(seen.published_at, name) for name, seen in self._seen.items()]
        last, name = max(published, default=("", ""))
        return name if last else None

    def _look(self, name: str, changed_ns: int) -> Seen:
        seen = self._seen.get(name)
        if seen is not None and seen.changed_ns == changed_ns:
            return seen
        versions = self._store.versions(name)
        newest = self._store.model_manifest(name, versions[-1]) if versions else {}
        return Seen(changed_ns, newest.get("created_at", ""))

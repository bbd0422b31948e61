"""Which model was published last, without reading what has not changed since the last question."""

from typing import NamedTuple

from worker.store.models import ModelStore


class Seen(NamedTuple):
    """A model's revision as it was, and when its newest version was published, "" for none."""

    revision: int
    published_at: str


class NewestModel:
    """Remembers, of each model, when its newest version was published.

    A manifest is read only when the model's revision tells that a version has come or gone.
    """

    def __init__(self, store: ModelStore) -> None:
        self._store = store
        self._seen: dict[str, Seen] = {}

    def name(self) -> str | None:
        """Returns the model of which a version was published last; None where there is none."""
        found = self._store.revisions()
        self._seen = {name: self._look(name, revision) for name, revision in found.items()}
        published = [(seen.published_at, name) for name, seen in self._seen.items()]
        last, name = max(published, default=("", ""))
        return name if last else None

    def _look(self, name: str, revision: int) -> Seen:
        seen = self._seen.get(name)
        if seen is not None and seen.revision == revision:
            return seen
        versions = self._store.versions(name)
        newest = self._store.manifest(name, versions[-1]) if versions else {}
        return Seen(revision, newest.get("created_at", ""))

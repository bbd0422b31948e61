"""Which models have learned from a dataset, or have tags; what is as it was is not read again."""

from typing import NamedTuple

from worker.store.labels import MODEL, NONE
from worker.store.store import Store


class Wanted(NamedTuple):
    """What is asked of a model: that a version of it has learned from this dataset, if one is
    named, and that it has these tags."""

    dataset: str | None = None
    tags: frozenset[str] = frozenset()


ANY = Wanted()


class Seen(NamedTuple):
    """A model's revision as it was, and what was said of it then."""

    revision: int
    datasets: frozenset[str]
    tags: frozenset[str]


class ModelFilter:
    """Remembers of each model what filters ask.

    Attributes:
        reads: how often the files of a model were read. They are when its revision tells that its
            versions or labels have changed.
    """

    def __init__(self, store: Store) -> None:
        self._needs, self._labels = store.model_needs, store.labels
        self._seen: dict[str, Seen] = {}
        self.reads = 0

    def passes(self, name: str, revision: int, wanted: Wanted) -> bool:
        """Returns whether a model, which is at this revision, has what is wanted."""
        seen = self._seen.get(name)
        if seen is None or seen.revision != revision:
            seen = self._seen[name] = self._look(name, revision)
        learned = wanted.dataset is None or wanted.dataset in seen.datasets
        return learned and wanted.tags <= seen.tags

    def _look(self, name: str, revision: int) -> Seen:
        self.reads += 1
        tags = (self._labels.of(MODEL, name) or NONE)["tags"]
        return Seen(revision, frozenset(self._needs.datasets(name)), frozenset(tags))

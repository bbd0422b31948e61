"""What was trained: models by name, their versions, and the files that were published of them."""

from collections.abc import Iterator, Sequence
from typing import BinaryIO, NamedTuple

from worker.errors import ModelNotFound
from worker.jsontypes import Json
from worker.operations.newest_model import NewestModel
from worker.store.model_files import PublishedFile
from worker.store.store import Store


class Versions(NamedTuple):
    """A model, and the manifests of some of its versions.

    Attributes:
        newest: the number of its newest version.
        total: how many versions it has, shown here or not.
        aliases: by each alias the version that it names; a champion is always among them.
        manifests: those that were asked for, the newest first; each is read when it is taken.
    """

    name: str
    newest: int
    total: int
    aliases: dict[str, int]
    manifests: Iterator[Json]


class Models:
    """Models of a store. Redis is not asked, so they are there while it is away.

    Where none is named, `default` is meant, or else the model that was published last.
    """

    def __init__(self, store: Store, default: str | None = None) -> None:
        self._store, self._aliases, self._default = store.models, store.aliases, default
        self._exports = store.exports
        self._newest = NewestModel(store.models)

    def default(self) -> str:
        """Returns the name of the model that is meant where none is named.

        Raises:
            ModelNotFound: nothing was trained yet.
        """
        name = self._newest.name() if self._default is None else self._default
        if name is None:
            raise ModelNotFound("No model was trained yet. Post a job first.")
        return name

    def page(self, after: str | None = None) -> Iterator[Versions]:
        """Yields the models behind this name, sorted, each with its newest version alone."""
        for name in self._store.names():
            if name > (after or "") and (found := self._store.versions(name)):
                yield self._versions(name, found, found[-1:])

    def get(self, name: str, before: int | None = None) -> Versions:
        """Returns a model with its versions older than this one, or with all of them.

        Raises:
            ModelNotFound: there is none of this name.
        """
        self._store.newest(name)
        found = self._store.versions(name)
        return self._versions(name, found, [v for v in found if before is None or v < before])

    def version(self, name: str, version: int) -> Json:
        """Returns the manifest of a version: its spec, its data, and how well it does; with what is
        known of its export.

        Raises:
            ModelNotFound: there is no such version.
        """
        manifest = self._store.manifest(name, version)
        return self._told(manifest, self._aliases.shown(name).versions())

    def evaluation(self, name: str, version: int) -> BinaryIO:
        """Returns an open file of JSON: all that was measured of a version.

        Raises:
            ModelNotFound: there is no such version.
        """
        return self._store.evaluation(name, version)

    def weights(self, name: str, version: int) -> PublishedFile:
        """Returns the open safetensors file of a version, and its size.

        Raises:
            ModelNotFound: there is no such version.
            DamagedModel: the bytes are not those that were published.
        """
        return self._store.weights(name, version)

    def _versions(self, name: str, found: Sequence[int], shown: Sequence[int]) -> Versions:
        """The versions of a model, of which some are shown."""
        named = self._aliases.shown(name).versions()
        manifests = (self._told(self._store.manifest(name, v), named) for v in reversed(shown))
        return Versions(name, found[-1], len(found), named, manifests)

    def _told(self, manifest: Json, named: dict[str, int]) -> Json:
        """The manifest of a version, with the aliases that name it and what is known of its
        export."""
        name, version = manifest["name"], manifest["version"]
        own = sorted(alias for alias, number in named.items() if number == version)
        return {**manifest, "aliases": own, "export": self._exports.about(name, version)}

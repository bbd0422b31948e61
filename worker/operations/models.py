"""What was trained: models by name, their versions, and the files that were published of them."""

from collections.abc import Iterator, Sequence
from typing import BinaryIO, NamedTuple

from worker.errors import InvalidParameter, ModelNotFound
from worker.jsontypes import Json
from worker.operations.model_filter import ANY, ModelFilter, Wanted
from worker.operations.newest_model import NewestModel
from worker.store.labels import MODEL, NONE
from worker.store.model_files import PublishedFile
from worker.store.model_trash import Trashed
from worker.store.store import Store

LOOKED_AT = 500  # models of which a page reads the files


class Versions(NamedTuple):
    """A model, and the manifests of some of its versions.

    Attributes:
        newest: the number of its newest version.
        total: how many versions it has, shown here or not.
        aliases: by each alias the version that it names; a champion is among them, but in the
            trash, where there is none.
        manifests: those that were asked for, the newest first; each is read when it is taken.
        labels: notes and tags of the model.
    """

    name: str
    newest: int
    total: int
    aliases: dict[str, int]
    manifests: Iterator[Json]
    labels: Json


class Models:
    """Models of a store. Redis is not asked, so they are there while it is away.

    Where none is named, `default` is meant, or else the model that was published last.
    """

    def __init__(self, store: Store, default: str | None = None) -> None:
        self._store, self._aliases, self._default = store.models, store.aliases, default
        self._exports = store.exports
        self._trash = store.model_trash
        self._newest, self._filter = NewestModel(store.models), ModelFilter(store)
        self._labels = store.labels

    def default(self) -> str:
        """Returns the name of the model that is meant where none is named.

        Raises:
            ModelNotFound: nothing was trained yet.
        """
        name = self._newest.name() if self._default is None else self._default
        if name is None:
            raise ModelNotFound("No model was trained yet. Post a job first.")
        return name

    def newest(self, name: str) -> Versions:
        """Returns a model with its newest version alone.

        Raises:
            ModelNotFound: there is none of this name.
        """
        self._store.newest(name)
        found = self._store.versions(name)
        return self._versions(name, found, found[-1:])

    def page(
        self, after: str | None = None, wanted: Wanted = ANY
    ) -> Iterator[tuple[str, Versions | None]]:
        """Yields the models behind this name that have what is wanted, sorted, by their names, each
        with its newest version alone; and at last a name alone, if the files of LOOKED_AT models
        had to be read and more are behind it."""
        most = self._filter.reads + LOOKED_AT
        for name, revision in sorted(self._store.revisions().items()):
            if name <= (after or "") or not (found := self._store.versions(name)):
                continue
            if wanted == ANY or self._filter.passes(name, revision, wanted):
                yield name, self._versions(name, found, found[-1:])
            elif self._filter.reads >= most:
                yield name, None
                return

    def trashed_page(
        self, after: str | None = None, wanted: Wanted = ANY
    ) -> Iterator[tuple[str, Versions]]:
        """Yields the models behind this name of which something is in the trash, sorted, by their
        names, each with the newest version that is there alone.

        Raises:
            InvalidParameter: it is to be filtered.
        """
        if wanted != ANY:
            raise InvalidParameter(
                "Expected state=trashed alone, for the trash is not filtered; leave dataset and "
                "tag out."
            )
        for name in self._trash.names():
            if name > (after or "") and (found := self._trash.of(name)):
                yield name, self._trashed(name, found, found[:1])

    def get(self, name: str, before: int | None = None) -> Versions:
        """Returns a model with its versions older than this one, or with all of them.

        Raises:
            ModelNotFound: there is none of this name.
        """
        self._store.newest(name)
        found = self._store.versions(name)
        return self._versions(name, found, [v for v in found if before is None or v < before])

    def trashed(self, name: str, before: int | None = None) -> Versions:
        """Returns a model with its versions in the trash that are older than this one, or all.

        Raises:
            ModelNotFound: there are none.
        """
        if not (found := self._trash.of(name)):
            raise ModelNotFound(f"No version of a model {name} is in the trash.")
        shown = [each for each in found if before is None or each.version < before]
        return self._trashed(name, found, shown)

    def version(self, name: str, version: int) -> Json:
        """Returns the manifest of a version: its spec, its data, and how well it does; with what is
        known of its export.

        Raises:
            ModelNotFound: there is no such version.
        """
        return self._told(name, version, self._aliases.shown(name).versions())

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
        told, labels = self._all_told(name, shown, named), self._labels_of(name)
        return Versions(name, found[-1], len(found), named, told, labels)

    def _labels_of(self, name: str) -> Json:
        return self._labels.of(MODEL, name) or NONE

    def _all_told(self, name: str, shown: Sequence[int], named: dict[str, int]) -> Iterator[Json]:
        """The manifests of versions, the newest first, without those that are deleted meanwhile."""
        for version in reversed(shown):
            try:
                told = self._told(name, version, named)
            except ModelNotFound:
                continue
            yield told

    def _trashed(self, name: str, found: Sequence[Trashed], shown: Sequence[Trashed]) -> Versions:
        """The versions of a model in the trash, of which some are shown."""
        manifests = (told for each in shown if (told := self._told_trashed(each)))
        return Versions(name, found[0].version, len(found), {}, manifests, self._labels_of(name))

    def _told(self, name: str, version: int, named: dict[str, int]) -> Json:
        """The manifest of a version, with the aliases that name it, what it takes, and what is
        known of its export."""
        own = sorted(alias for alias, number in named.items() if number == version)
        size = self._store.bytes(name, version)
        about = {"aliases": own, "bytes": size, "export": self._exports.about(name, version)}
        return {**self._store.manifest(name, version), **about}

    def _told_trashed(self, trashed: Trashed) -> Json | None:
        """The same of one in the trash; None if it is there no more."""
        if (manifest := self._trash.manifest(trashed)) is None:
            return None
        about = {"bytes": self._trash.bytes(trashed), "trashed_until": trashed.until}
        return {**manifest, **about}

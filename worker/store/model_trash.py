"""The trash of models: versions that were deleted, kept for some days as they were.

models/{name}/trash/ {version}/ and {version}.json, which says until when, and which aliases named
                     it; highest.json, the highest number that was ever deleted
"""

import json
import logging
import time
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from worker.jsontypes import Json
from worker.store.model_folder import TRASH, alone, model_folder
from worker.store.models import HIGHEST, ModelStore, told
from worker.store.right_answers import RightAnswers
from worker.system.files import (
    make_folder,
    read_json,
    remove,
    remove_leftovers,
    sync_folder,
    write_atomically,
)
from worker.system.folder_size import bytes_below

log = logging.getLogger(__name__)


@dataclass(frozen=True, order=True)
class Trashed:
    """A version in the trash.

    Attributes:
        until_ms: when it goes for good, in milliseconds since 1970.
        aliases: those that named it when it was deleted.
        whole: whether it was deleted with all other versions of its model.
    """

    until_ms: int
    name: str
    version: int
    aliases: tuple[str, ...] = ()
    whole: bool = False

    @property
    def until(self) -> datetime:
        return datetime.fromtimestamp(self.until_ms / 1000, UTC)


class ModelTrash:
    """Versions that nobody can ask. A version goes into the trash, or comes out of it, by a rename:
    whoever dies meanwhile leaves it on one side."""

    def __init__(self, root: Path, models: ModelStore, right_answers: RightAnswers) -> None:
        self._root, self._models, self._right_answers = root, models, right_answers

    def alone(self, name: str, *, shared: bool = False) -> AbstractContextManager[None]:
        """Within this block nobody else deletes a version of a model, or moves an alias of it.

        Raises:
            ModelNotFound: there is no model of this name.
            StoreFull: the disk is full.
        """
        return alone(self._root, name, shared=shared)

    def put(self, versions: Iterable[Trashed]) -> None:
        """Take versions out of use; the caller is `alone`. When this returns, that survives a power
        cut, and no later version gets their numbers.

        Raises:
            StoreFull: the disk is full.
        """
        for each in versions:
            folder, highest = self._folder(each.name), self._models.highest(each.name)
            make_folder(folder)
            write_atomically(folder / HIGHEST, json.dumps({"version": highest}).encode())
            write_atomically(self._about(each), json.dumps(asdict(each)).encode())
            (folder.parent / str(each.version)).rename(self._files(each))
            sync_folder(folder)
            sync_folder(folder.parent)
            log.info("version %d of %s is in the trash", each.version, each.name)

    def restore(self, versions: Iterable[Trashed]) -> None:
        """Put versions back into use, as they were; the caller is `alone`."""
        for each in versions:
            final = self._folder(each.name).parent / str(each.version)
            self._files(each).rename(final)
            sync_folder(final.parent)
            sync_folder(self._folder(each.name))
            self._about(each).unlink()
            log.info("version %d of %s is restored", each.version, each.name)

    def of(self, name: str) -> list[Trashed]:
        """Returns what is in the trash of a model, the newest version first.

        Raises:
            ModelNotFound: no model can have this name.
        """
        found = entries(self._folder(name).glob("[0-9]*.json"))
        there = (each for each in found if self._files(each).exists())
        return sorted(there, key=lambda each: -each.version)

    def names(self) -> list[str]:
        """Returns the names of all models that have something in the trash, sorted."""
        return sorted({path.parts[-3] for path in self._paths()})

    def manifest(self, trashed: Trashed) -> Json | None:
        """Returns what is known of a version; None if it went for good meanwhile."""
        manifest = read_json(self._files(trashed) / "manifest.json")
        return None if manifest is None else told(manifest)

    def bytes(self, trashed: Trashed) -> int:
        """Returns what the files of a version take; 0 if it went for good meanwhile."""
        return bytes_below(self._files(trashed))

    def remove(self, trashed: Trashed) -> bool:
        """Remove a version for good. Returns whether it went: one stays that was restored since it
        was seen so, though it may have been deleted again."""
        with self.alone(trashed.name):
            if not self._is_still(trashed):
                return False
            if (manifest := self.manifest(trashed)) is not None:
                self._right_answers.drop(trashed.name, manifest, self._others(trashed))
            remove(self._files(trashed))
            self._about(trashed).unlink()
        log.info("version %d of %s is gone for good", trashed.version, trashed.name)
        return True

    def sweep(self) -> None:
        """Remove what has been in the trash for long enough. What cannot be removed is logged, and
        tried again at the next call."""
        for each in self._all():
            with staying(each):
                if each.until_ms <= time.time() * 1000:
                    self.remove(each)
                elif not self._files(each).exists():
                    self._forget_halfway(each)

    def holds_any(self) -> bool:
        """Returns whether anything is in the trash, without reading what."""
        return any(True for _ in self._paths())

    def next_ms(self) -> int | None:
        """Returns when something is to go next, in milliseconds since 1970; None if the trash is
        empty."""
        return min((each.until_ms for each in self._all()), default=None)

    def empty_oldest(self) -> bool:
        """Remove what is to go next. Returns whether there was one."""
        return any(self._removed(each) for each in sorted(self._all()))

    def drop_leftovers(self, age_s: float) -> None:
        """Remove what a process was writing or removing when it died, once it is this old."""
        remove_leftovers(self._root.glob(f"*/{TRASH}/*.part"), age_s)

    def _removed(self, trashed: Trashed) -> bool:
        with staying(trashed):
            return self.remove(trashed)
        return False

    def _forget_halfway(self, trashed: Trashed) -> None:
        """Forget a version without files if whoever was deleting or restoring it has died. Whoever
        is still at it holds the lock, and has ended one or the other when this gets it."""
        with self.alone(trashed.name):
            if self._is_still(trashed) and not self._files(trashed).exists():
                self._about(trashed).unlink()

    def _is_still(self, trashed: Trashed) -> bool:
        """Whether a version is known as it was seen; the caller is `alone`."""
        return [*entries([self._about(trashed)])] == [trashed]

    def _others(self, trashed: Trashed) -> set[str]:
        """The digests of all other versions of a model, those in the trash too."""
        name = trashed.name
        here = (self._models.manifest(name, version) for version in self._models.versions(name))
        gone = (self.manifest(each) for each in self.of(name) if each.version != trashed.version)
        return {manifest["digest"] for manifest in (*here, *gone) if manifest}

    def _all(self) -> Iterator[Trashed]:
        return entries(self._paths())

    def _paths(self) -> Iterator[Path]:
        return self._root.glob(f"[!.]*/{TRASH}/[0-9]*.json")

    def _folder(self, name: str) -> Path:
        return model_folder(self._root, name) / TRASH

    def _files(self, trashed: Trashed) -> Path:
        return self._folder(trashed.name) / str(trashed.version)

    def _about(self, trashed: Trashed) -> Path:
        return self._folder(trashed.name) / f"{trashed.version}.json"


@contextmanager
def staying(trashed: Trashed) -> Iterator[None]:
    """Logs that a version stays which cannot be removed."""
    try:
        yield
    except OSError as error:
        log.warning("version %d of %s stays: %s", trashed.version, trashed.name, error)


def entries(paths: Iterable[Path]) -> Iterator[Trashed]:
    """Yields what files say of versions in the trash."""
    for said in map(read_json, paths):
        if said is not None:
            yield Trashed(**{**said, "aliases": tuple(said["aliases"])})

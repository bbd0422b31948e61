"""The door for exports: finds one, or has it made and keeps it."""

from collections.abc import Callable
from pathlib import Path

from worker.data import sandbox
from worker.data.backbones import running
from worker.errors import (
    BackboneNotFound,
    DatasetNotFound,
    ExportRefused,
    UnsupportedFile,
    WorkerError,
)
from worker.export.making import make
from worker.export.sources import Sources
from worker.jsontypes import Json
from worker.settings import Settings
from worker.store.store import Store

MUCH_MEMORY = "that took more memory than PURR_MAX_BACKBONE_MEMORY_BYTES allows"
# What a sealed process says of files of an import when it was ended, and what it means here.
ENDINGS = {
    sandbox.BROKEN.detail: "its process has ended unexpectedly; the log tells how",
    sandbox.TOO_LONG.detail: "that took longer than PURR_IMPORT_TIMEOUT_S allows",
    sandbox.TOO_BIG.detail: "its file grew larger than the weights can make it",
    sandbox.TOO_MUCH.detail: MUCH_MEMORY,
    running.MORE_MEMORY: MUCH_MEMORY,
}
MOST_REASON = 1_000  # characters of what refuses an export, which a stranger may have made up


class Exports:
    """Exports of the versions in a store: each is made once, and never changes then."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store, self._settings = store, settings

    def ready(self, name: str, version: int, check: Callable[[], None] = lambda: None) -> Json:
        """Returns what is known of the export of a version, which is there when this returns.

        Args:
            check: raises when it is no longer wanted; called again and again.

        Raises:
            ModelNotFound: there is no such version.
            ExportRefused: it cannot be exported; the message says why.
            StoreFull: the disk is full.
            WorkerError: it could not be made this time.
        """
        about = self.about(name, version, check)
        if (reason := about.get("refused")) is not None:
            raise ExportRefused(f"Version {version} of {name} is not exported. {reason}")
        return about

    def about(self, name: str, version: int, check: Callable[[], None] = lambda: None) -> Json:
        """Returns the same, also where it says under `refused` why there is none.

        Raises:
            ModelNotFound, StoreFull, WorkerError: as above.
        """
        exports = self._store.exports
        if (about := exports.about(name, version)) is not None:
            return about
        with exports.alone(name, version, check):
            if (about := exports.about(name, version)) is not None:
                return about
            return self._made(name, version, check)

    def _made(self, name: str, version: int, check: Callable[[], None]) -> Json:
        exports = self._store.exports
        with self._store.models.weights(name, version).file as weights:
            sources = self._sources(name, version, Path(weights.name), check)
            size = 2 * sum(path.stat().st_size for path in sources.files)
            with exports.local_folder(name, version, size) as folder:
                try:
                    about = make(sources, folder, self._settings, check)
                except UnsupportedFile as error:  # it will be no other another time
                    for path in folder.iterdir():
                        path.unlink()
                    about = {"refused": str(error)[:MOST_REASON]}
                except WorkerError as error:
                    if (why := ENDINGS.get(str(error))) is None:
                        raise
                    raise WorkerError(f"Expected to export the model, but {why}.") from error
                return exports.publish(name, version, folder, about)

    def _sources(
        self, name: str, version: int, weights: Path, check: Callable[[], None]
    ) -> Sources:
        store, manifest = self._store, self._store.models.manifest(name, version)
        dataset = manifest["dataset"]["id"]
        try:
            arrays = store.datasets.local_arrays(dataset, check)
            if (digest := manifest.get("backbone")) is None:
                return Sources(manifest, weights, arrays)
            return Sources(manifest, weights, arrays, *store.backbones.open(digest))
        except (DatasetNotFound, BackboneNotFound) as error:
            raise type(error)(
                f"Expected what version {version} of {name} was trained on, by which its export is "
                f"made and checked, but it is gone: {error} Train it again."
            ) from error

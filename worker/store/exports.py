"""What is exported of versions, for others to take away: made once, beside what was published.

models/{name}/{version}/export/ about.json model.onnx model.int8.onnx vectors.npz: the first says
                                how well they answer, and their digests; or why there are none
"""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from worker.errors import DamagedModel, ModelNotFound
from worker.jsontypes import Json
from worker.store.model_files import PublishedFile, opened
from worker.store.model_folder import model_folder
from worker.store.space import BEGUN, Space
from worker.system.files import (
    file_digest,
    full_disk_named,
    made_aside,
    read_json,
    remove,
    sync_folder,
    sync_tree,
)
from worker.system.locks import held_once_free

MODEL, INT8, VECTORS = "model.onnx", "model.int8.onnx", "vectors.npz"
ABOUT = "about.json"


class ExportStore:
    """A folder for each version, which is there once all of it is."""

    def __init__(self, root: Path, space: Space) -> None:
        self._root, self._space = root, space

    def about(self, name: str, version: int) -> Json | None:
        """Returns what is known of an export; None where nobody has tried to make it.

        Raises:
            ModelNotFound: no model can have this name.
        """
        return read_json(self._folder(name, version) / ABOUT)

    def file(self, name: str, version: int, which: str) -> PublishedFile:
        """Returns a file of an export, by its name, as it was made.

        Raises:
            ModelNotFound: there is none.
            DamagedModel: the bytes are not those that were made. The export is removed, so that it
                is made anew when somebody asks again.
        """
        expected = (self.about(name, version) or {}).get("files", {}).get(which)
        what = f"{which} of model {name} version {version}"
        try:
            return opened(self._folder(name, version) / which, expected, what)
        except DamagedModel as error:
            remove(self._folder(name, version))
            raise DamagedModel(
                f"Expected {what} as it was made, but it has changed on disk. Ask again: it is "
                "made anew then."
            ) from error
        except FileNotFoundError:
            raise ModelNotFound(f"Version {version} of {name} has no {which}.") from None

    @contextmanager
    def alone(self, name: str, version: int, check: Callable[[], None]) -> Iterator[None]:
        """Nobody else makes this export meanwhile: whoever is doing that is waited for.

        Args:
            check: raises when it is no longer wanted; called while this waits.

        Raises:
            ModelNotFound: there is no such version.
        """
        folder = self._folder(name, version).parent
        try:
            lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        except FileNotFoundError:
            raise ModelNotFound(f"No model {name} has version {version}.") from None
        with held_once_free(lock, check):
            yield

    @contextmanager
    def local_folder(self, name: str, version: int, wanted_bytes: int) -> Iterator[Path]:
        """Yields an empty folder of this machine, for an export to be made in. It is removed at the
        end, unless it was published.

        Args:
            wanted_bytes: that will be written there.

        Raises:
            StoreFull: the disk is full, or half of the reserve would not be left free.
        """
        self._space.check(wanted_bytes, BEGUN)
        # Beside the version, which may be withdrawn meanwhile, and must not be there again then.
        with made_aside(model_folder(self._root, name) / f"{version}.export") as part:
            yield part

    def publish(self, name: str, version: int, folder: Path, about: Json) -> Json:
        """Make the files in a `local_folder` the export of a version. Returns what is known of it.

        Raises:
            ModelNotFound: the version was withdrawn meanwhile.
            StoreFull: the disk is full.
        """
        files = {path.name: f"sha256:{file_digest(path)}" for path in sorted(folder.iterdir())}
        about = {**about, "files": files}
        final = self._folder(name, version)
        with full_disk_named():
            (folder / ABOUT).write_text(json.dumps(about))
            sync_tree(folder)
            try:
                folder.rename(final)
            except FileNotFoundError:
                raise ModelNotFound(f"No model {name} has version {version}.") from None
            sync_folder(final.parent)
        return about

    def _folder(self, name: str, version: int) -> Path:
        return model_folder(self._root, name) / str(version) / "export"

"""Models as they are kept: versions that never change, each with its evaluation and its weights.

models/{name}/{version}/ manifest.json evaluation.json weights.safetensors unfolded.safetensors,
and whatever else was published with them
"""

import errno
import json
import shutil
from collections.abc import Callable, Mapping
from io import BytesIO
from pathlib import Path
from types import MappingProxyType
from typing import BinaryIO, TypeVar

from worker.errors import DamagedModel, ModelNotFound, WorkerError
from worker.jsontypes import Json
from worker.store import tensor_file
from worker.store.model_files import (
    UNFOLDED,
    WEIGHTS,
    Content,
    PublishedFile,
    digest_in,
    opened,
    size,
    tensors_in,
    write,
)
from worker.store.model_folder import TRASH, model_folder
from worker.store.space import BEGUN, Space
from worker.store.stored_spec import in_todays_words
from worker.store.tensor_file import Tensors
from worker.system.files import (
    full_disk_named,
    read_json,
    remove,
    remove_leftovers,
    sync_folder,
    temp_path,
)
from worker.system.folder_size import bytes_below

NOTHING: Mapping[str, Content] = MappingProxyType({})
Read = TypeVar("Read")
HIGHEST = "highest.json"  # in the trash of a model: the highest number that was ever deleted


class ModelStore:
    """A folder for each version, which has its number once all of it is there."""

    def __init__(self, root: Path, space: Space) -> None:
        self._root, self._space = root, space

    def publish(
        self,
        name: str,
        version: int,
        tensors: Tensors,
        about: Json,
        evaluation: Json,
        unfolded: Tensors | None = None,
        others: Mapping[str, Content] = NOTHING,
    ) -> None:
        """Make these tensors version `version` of the model. Twice by one job is once.

        Args:
            unfolded: as they were trained, for jobs that start from them.
            others: what else is published of it, by the names of their files.

        Raises:
            StoreFull: the disk is full, or half of the reserve would not be left free.
            WorkerError: another job has published this version.
        """
        final = self._folder(name, version)
        if final.exists():
            self._check_publisher(name, version, about)
            return
        part = temp_path(final)
        files = {WEIGHTS: tensors, **others} | ({} if unfolded is None else {UNFOLDED: unfolded})
        self._space.check(sum(map(size, files.values())), BEGUN)
        try:
            with full_disk_named():
                write(part, files, {**about, "name": name, "version": version}, evaluation)
                part.rename(final)
                sync_folder(final.parent)
        except OSError as error:
            if error.errno not in (errno.EEXIST, errno.ENOTEMPTY):
                raise
            self._check_publisher(name, version, about)  # somebody did so meanwhile
        finally:
            shutil.rmtree(part, ignore_errors=True)

    def _check_publisher(self, name: str, version: int, about: Json) -> None:
        # Only a Redis that was wiped at the wrong moment gives one version to two jobs.
        if (other := self.manifest(name, version).get("job")) != about.get("job"):
            raise WorkerError(
                f"Version {version} of {name} was reserved for this job, and {other} has published "
                "it. Nothing of this job was published; submit it again."
            )

    def withdraw(self, name: str, job_id: str) -> None:
        """Take back the version that this job has published, if it has."""
        if (version := self.version_of(name, job_id)) is not None:
            remove(self._folder(name, version))

    def names(self) -> list[str]:
        """Returns the names of all models, sorted; of some all versions may have been withdrawn."""
        return sorted(self.revisions())

    def revisions(self) -> dict[str, int]:
        """Returns the names of all models, each with a number that is another one as soon as a
        version of it has come or gone."""
        found = self._root.glob("[!.]*")
        return {path.name: path.stat().st_mtime_ns for path in found if path.is_dir()}

    def versions(self, name: str) -> list[int]:
        """Returns the versions of a model, oldest first; none where nothing was ever published.

        Raises:
            ModelNotFound: no model can have this name.
        """
        found = model_folder(self._root, name).glob("[0-9]*")
        return sorted(int(path.name) for path in found if path.name.isdigit())

    def newest(self, name: str) -> int:
        """Returns the newest version of a model.

        Raises:
            ModelNotFound: there is none of this name.
        """
        if not (found := self.versions(name)):
            raise ModelNotFound(f"No model has the name {name}.")
        return found[-1]

    def has(self, name: str, version: int) -> bool:
        """Returns whether a version is here; one in the trash is not."""
        return self._folder(name, version).exists()

    def highest(self, name: str) -> int:
        """Returns the highest number that any version of a model has or had that was deleted; 0
        where there was none. No later version may have a number up to it."""
        deleted = read_json(model_folder(self._root, name) / TRASH / HIGHEST) or {"version": 0}
        return max(int(deleted["version"]), *self.versions(name), 0)

    def version_of(self, name: str, job_id: str) -> int | None:
        """Returns the version that this job has published, if it has."""
        made = (v for v in self.versions(name) if self.manifest(name, v)["job"] == job_id)
        return next(made, None)

    def manifest(self, name: str, version: int) -> Json:
        """Returns what is known of a version, its spec in today's words.

        Raises:
            ModelNotFound: there is no such version.
        """
        manifest = read_json(self._folder(name, version) / "manifest.json")
        if manifest is None:
            trashed = model_folder(self._root, name) / TRASH / str(version)
            hint = " It is in the trash; restore it." if trashed.exists() else ""
            raise ModelNotFound(f"No model {name} has version {version}.{hint}")
        return told(manifest)

    def evaluation(self, name: str, version: int) -> BinaryIO:
        """Returns an open file of JSON: all that was measured of a version.

        Raises:
            ModelNotFound: there is no such version.
        """
        try:
            return (self._folder(name, version) / "evaluation.json").open("rb")
        except FileNotFoundError:  # before this file was, the manifest said as much
            return BytesIO(json.dumps(self.manifest(name, version)["result"]).encode())

    def tensors(self, name: str, version: int, which: str = WEIGHTS) -> Tensors:
        """Returns the arrays W1, b1, …, WL, bL of a version, or those of another of its files, in
        memory of their own: what becomes of the file later does not reach them.

        Raises:
            ModelNotFound, DamagedModel: as `file` does.
        """
        return self._read(tensors_in, name, version, which)

    def weights(self, name: str, version: int) -> PublishedFile:
        """Returns the weights of a version as they were published.

        Raises:
            ModelNotFound: there is no such version.
            DamagedModel: the bytes are not those that were published.
        """
        return self.file(name, version, WEIGHTS)

    def file(self, name: str, version: int, which: str) -> PublishedFile:
        """Returns a file of a version, by its name, as it was published.

        Raises:
            ModelNotFound: there is no such version, or it was published without this file.
            DamagedModel: the bytes are not those that were published.
        """
        return self._read(opened, name, version, which)

    def unfolded(self, name: str, version: int) -> Tensors:
        """Returns the arrays of a version as they were trained, memory-mapped, by their names in
        the network that its spec describes; and `shift` and `factor` of its normalization.

        Raises:
            ModelNotFound: there is no such version, or it was published without them.
            DamagedModel: the bytes are not those that were published.
        """
        with self.file(name, version, UNFOLDED).file as file:
            return tensor_file.read(Path(file.name))[0]

    def _read(
        self, read: Callable[[Path, str, str], Read], name: str, version: int, which: str
    ) -> Read:
        """What is read of a file of a version, by where it is, its digest, and how it is called."""
        expected = digest_in(self.manifest(name, version), which)
        if expected is None:
            raise ModelNotFound(f"Version {version} of {name} was published without {which}.")
        what = f"{which} of model {name} version {version}"
        try:
            return read(self._folder(name, version) / which, expected, what)
        except FileNotFoundError:
            self.manifest(name, version)  # it may have been withdrawn meanwhile
            raise DamagedModel(f"Expected {what}, but its file is gone; train it again.") from None

    def bytes(self, name: str, version: int) -> int:
        """Returns what the files of a version take; 0 if there are none."""
        return bytes_below(self._folder(name, version))

    def drop_leftovers(self, age_s: float) -> None:
        """Remove versions that a process was writing when it died, and exports that one was
        removing, once they are this old."""
        for pattern in ("*/.*.part", "*/[0-9]*/.*.part"):
            remove_leftovers(self._root.glob(pattern), age_s)

    def _folder(self, name: str, version: int) -> Path:
        return model_folder(self._root, name) / str(version)


def told(manifest: Json) -> Json:
    """Returns what a manifest says, its spec in today's words."""
    spec, version_of_spec = manifest.get("spec", {}), manifest.get("spec_version", 1)
    return {**manifest, "spec": in_todays_words(spec, version_of_spec)}

"""Datasets, jobs and models on disk. Nothing half-made is ever visible: write aside, fsync, rename.

datasets/{id}/manifest.json train_x.npy train_y.npy test_x.npy test_y.npy
jobs/{id}/ metrics.{attempt}.jsonl checkpoints/, and what `archive` keeps there
models/{name}/{version}/manifest.json evaluation.json weights.safetensors
uploads/{id}/ what came over the wire, until it is imported
"""

import errno
import hashlib
import json
import logging
import os
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import BufferedReader, BytesIO
from pathlib import Path
from typing import BinaryIO

import numpy as np
from safetensors import safe_open

from worker.data.dataset import Dataset, Split
from worker.errors import (
    DamagedDataset,
    DamagedModel,
    DatasetNotFound,
    ModelNotFound,
    WorkerError,
)
from worker.jsontypes import Json
from worker.nn.arrays import Array
from worker.spec import MODEL_NAME
from worker.store import tensor_file
from worker.store.metrics_log import MetricsLog
from worker.store.metrics_page import MetricsPage
from worker.store.record_archive import Archive
from worker.store.stored_spec import SPEC_VERSION, in_todays_words
from worker.system.files import (
    check_space,
    full_disk_named,
    read_json,
    remove,
    sync_folder,
    sync_tree,
    temp_path,
    write_aside,
)

Tensors = dict[str, Array]

KEPT_CHECKPOINTS = 2
# How much of PURR_MIN_FREE_BYTES is left free: by what is new here, by models and checkpoints of
# work that has begun, and by what it tells of itself. The rest is for records and for Redis.
NEW, BEGUN, TOLD = 1.0, 0.5, 0.25
ARRAYS = ("train_x", "train_y", "test_x", "test_y")

log = logging.getLogger(__name__)


class Store:
    """One folder; safe for any number of processes that share it."""

    def __init__(self, root: Path, min_free_bytes: int = 0) -> None:
        self.root = root
        self.min_free_bytes = min_free_bytes
        self.archive = Archive(root)

    def folders(self) -> list[Path]:
        """The folders in which whoever works for a record may write; they exist."""
        found = [self.root / name for name in ("datasets", "imports", "jobs", "models", "uploads")]
        for folder in found:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return found

    def check_space(self, wanted_bytes: int = 0, share: float = NEW) -> None:
        """Raise StoreFull unless so much can be written and this share of the reserve left free."""
        self.root.mkdir(parents=True, exist_ok=True, mode=0o700)
        check_space(self.root, wanted_bytes, int(share * self.min_free_bytes))

    def drop_leftovers(self, age_s: float) -> None:
        """Remove what a process that died was writing, once nobody can be writing it any more."""
        oldest = time.time() - age_s
        for pattern in (
            "datasets/.*.part",
            "models/*/.*.part",
            "jobs/*/*.part",
            "jobs/*/*/*.part",
            "imports/.*.part",
            "imports/*/*.part",
        ):
            for path in self.root.glob(pattern):
                with suppress(OSError):
                    if path.stat().st_mtime < oldest:
                        shutil.rmtree(path) if path.is_dir() else path.unlink()

    # Uploads

    def upload_dir(self, dataset_id: str) -> Path:
        return self.root / "uploads" / dataset_id

    def open_upload(self, dataset_id: str) -> Path:
        """An empty folder for what comes over the wire."""
        self.check_space()
        folder = self.upload_dir(dataset_id)
        folder.mkdir(parents=True)
        return folder

    def seal_upload(self, dataset_id: str) -> None:
        """Make what came durable: after this it survives a power cut."""
        with full_disk_named():
            sync_tree(self.upload_dir(dataset_id))

    def drop_upload(self, dataset_id: str) -> None:
        shutil.rmtree(self.upload_dir(dataset_id), ignore_errors=True)

    def forsaken_uploads(self, age_s: float) -> list[str]:
        """The ids of uploads into which nothing has come for so long."""
        oldest, found = time.time() - age_s, []
        for folder in (self.root / "uploads").glob("ds_*"):
            with suppress(FileNotFoundError):
                if max(path.stat().st_mtime for path in (folder, *folder.iterdir())) < oldest:
                    found.append(folder.name)
        return found

    # Datasets

    def drop_dataset(self, dataset_id: str) -> None:
        """Whoever has it open goes on reading."""
        remove(self.root / "datasets" / dataset_id)

    @contextmanager
    def dataset_folder(self, dataset_id: str) -> Iterator[Path]:
        """A folder to import into; it is gone afterwards unless it was published."""
        part = temp_path(self.root / "datasets" / dataset_id)
        part.mkdir(parents=True)
        try:
            with full_disk_named():
                yield part
        finally:
            shutil.rmtree(part, ignore_errors=True)

    def publish_dataset(self, dataset_id: str, part: Path, about: Json) -> Json:
        """Make the arrays in `part` the dataset of this id; give back its manifest."""
        final = self.root / "datasets" / dataset_id
        if not final.exists():
            manifest = {**about, "id": dataset_id, "digest": digest_of_arrays(part)}
            (part / "manifest.json").write_text(json.dumps(manifest))
            with full_disk_named():
                sync_tree(part)
                part.rename(final)
                sync_folder(final.parent)
        return self.dataset_manifest(dataset_id)

    def dataset_manifest(self, dataset_id: str) -> Json:
        manifest = read_json(self.root / "datasets" / dataset_id / "manifest.json")
        if manifest is None:
            raise DatasetNotFound(f"No dataset has the id {dataset_id}.")
        return manifest

    def dataset(self, dataset_id: str) -> Dataset:
        """The dataset, memory-mapped, once its bytes are known to be what was imported."""
        folder = self.root / "datasets" / dataset_id
        manifest = self.dataset_manifest(dataset_id)
        if (found := digest_of_arrays(folder)) != manifest["digest"]:
            raise DamagedDataset(
                f"Expected dataset {dataset_id} to have digest {manifest['digest']}, got {found}. "
                "Its files have changed on disk; upload it again."
            )
        arrays = {name: np.load(folder / f"{name}.npy", mmap_mode="r") for name in ARRAYS}
        splits = {
            split: Split.whole(arrays[f"{split}_x"], np.asarray(arrays[f"{split}_y"]))
            for split in ("train", "test")
        }
        kept = ("id", "digest", "classes", "shape", "preprocessing")
        return Dataset(**{name: manifest[name] for name in kept}, splits=splits)

    # Jobs

    def metrics_file(self, job_id: str, attempt: int) -> Path:
        """A line of JSON for every epoch of this attempt; no other attempt writes into it."""
        return self.root / "jobs" / job_id / f"metrics.{attempt}.jsonl"

    def metrics_log(self, job_id: str, attempt: int) -> MetricsLog:
        reserve = int(TOLD * self.min_free_bytes)
        return MetricsLog(self.metrics_file(job_id, attempt), reserve)

    def share_metrics(self, job_id: str, first: int, second: int) -> None:
        """Let an attempt that found the work done by another have that one's epochs."""
        with suppress(FileExistsError, FileNotFoundError):
            os.link(self.metrics_file(job_id, first), self.metrics_file(job_id, second))

    def metrics(
        self, job_id: str, attempt: int, after: int = 0, limit: int | None = None
    ) -> MetricsPage:
        """The epochs written so far; a line that is still being written does not count."""
        return MetricsPage(self.metrics_file(job_id, attempt), after, limit)

    # Checkpoints. A file's name ends in the digest of its bytes, so a damaged one is known as such.

    def keep_checkpoint(self, job_id: str, place: str, tensors: Tensors, about: Json) -> None:
        """Keep what a run needs to go on from this place; places sort as the run goes.

        The one before is kept too, in case this one cannot be read when it is wanted.
        """
        self.check_space(tensor_file.size(tensors), BEGUN)
        folder = self.root / "jobs" / job_id / "checkpoints"

        def write(file: BinaryIO) -> Path:
            digest = tensor_file.write(file, tensors, about)
            return folder / f"{place}.{digest}.safetensors"

        write_aside(folder / place, write)
        for old in sorted(folder.glob("*.safetensors"))[:-KEPT_CHECKPOINTS]:
            old.unlink(missing_ok=True)

    def newest_checkpoint(self, job_id: str) -> tuple[Tensors, Json] | None:
        """The last one whose bytes are what was written, memory-mapped."""
        folder = self.root / "jobs" / job_id / "checkpoints"
        for path in sorted(folder.glob("*.safetensors"), reverse=True):
            with path.open("rb") as file:
                found = digest_of_file(file)
            if path.name.split(".")[-2] == found:
                return tensor_file.read(path)
            log.warning("%s is damaged and left aside", path)
        return None

    def drop_checkpoints(self, job_id: str) -> None:
        shutil.rmtree(self.root / "jobs" / job_id / "checkpoints", ignore_errors=True)

    # Models

    def model_folder(self, name: str) -> Path:
        # A name comes from a URL: nothing but what a spec allows may meet the file system.
        if not re.fullmatch(MODEL_NAME, name):
            raise ModelNotFound(f"No model has the name {name!r:.80}.")
        return self.root / "models" / name

    def publish_model(
        self, name: str, version: int, tensors: Tensors, about: Json, evaluation: Json
    ) -> None:
        """Make these tensors version `version` of the model. Twice by one job is once."""
        final = self.model_folder(name) / str(version)
        if final.exists():
            self._check_publisher(name, version, about)
            return
        part = temp_path(final)
        self.check_space(tensor_file.size(tensors), BEGUN)
        try:
            with full_disk_named():
                part.mkdir(parents=True)
                with (part / "weights.safetensors").open("wb") as file:
                    digest = f"sha256:{tensor_file.write(file, tensors)}"
                manifest = {**about, "name": name, "version": version, "digest": digest}
                manifest["spec_version"] = SPEC_VERSION
                (part / "evaluation.json").write_text(json.dumps(evaluation))
                (part / "manifest.json").write_text(json.dumps(manifest))
                sync_tree(part)
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
        if (other := self.model_manifest(name, version).get("job")) != about.get("job"):
            raise WorkerError(
                f"Version {version} of {name} was reserved for this job, and {other} has published "
                "it. Nothing of this job was published; submit it again."
            )

    def withdraw_model(self, name: str, job_id: str) -> None:
        """Take back the version that this job has published, if it has."""
        if (version := self.version_of(name, job_id)) is None:
            return
        remove(self.model_folder(name) / str(version))

    def model_names(self) -> list[str]:
        return sorted(self.model_folders())

    def model_folders(self) -> dict[str, int]:
        """The names of all models, and when, in nanoseconds, a version of each came or went."""
        found = (self.root / "models").glob("[!.]*")
        return {path.name: path.stat().st_mtime_ns for path in found if path.is_dir()}

    def versions(self, name: str) -> list[int]:
        """The versions of a model, oldest first; none for a name that was never published."""
        folder = self.model_folder(name)
        return sorted(int(path.name) for path in folder.glob("[0-9]*") if path.name.isdigit())

    def version_of(self, name: str, job_id: str) -> int | None:
        """The version that this job has published, if it has."""
        made = (v for v in self.versions(name) if self.model_manifest(name, v)["job"] == job_id)
        return next(made, None)

    def model_manifest(self, name: str, version: int) -> Json:
        manifest = read_json(self.model_folder(name) / str(version) / "manifest.json")
        if manifest is None:
            raise ModelNotFound(f"No model {name} has version {version}.")
        spec, version_of_spec = manifest.get("spec", {}), manifest.get("spec_version", 1)
        return {**manifest, "spec": in_todays_words(spec, version_of_spec)}

    def evaluation(self, name: str, version: int) -> BinaryIO:
        """An open file of JSON: all that is known of how well a model does."""
        try:
            return (self.model_folder(name) / str(version) / "evaluation.json").open("rb")
        except FileNotFoundError:  # before this file was, the manifest said as much
            return BytesIO(json.dumps(self.model_manifest(name, version)["result"]).encode())

    def tensors(self, name: str, version: int, dtype: str | None = None) -> Tensors:
        """The arrays of a model in this dtype, or their own; one at a time is there in both."""
        with self.weights(name, version) as file, safe_open(file.name, "numpy") as tensors:
            found = ((key, tensors.get_tensor(key)) for key in tensors.keys())  # noqa: SIM118
            return {key: array.astype(dtype or array.dtype, copy=False) for key, array in found}

    def weights(self, name: str, version: int) -> BufferedReader:
        """The open safetensors file of a model, whose bytes are known to be what was published."""
        manifest = self.model_manifest(name, version)
        file = (self.model_folder(name) / str(version) / "weights.safetensors").open("rb")
        if (found := f"sha256:{digest_of_file(file)}") != manifest["digest"]:
            file.close()
            raise DamagedModel(
                f"Expected model {name} version {version} to have digest {manifest['digest']}, "
                f"got {found}. Its file has changed on disk; train it again."
            )
        return file


def digest_of(payload: bytes) -> str:
    return hashlib.sha256(payload).hexdigest()


def digest_of_file(file: BufferedReader) -> str:
    """Of all bytes of a file, which stands at its beginning afterwards."""
    digest = hashlib.file_digest(file, "sha256").hexdigest()
    file.seek(0)
    return digest


def digest_of_arrays(folder: Path) -> str:
    """sha256 over the array files, names included, in a fixed order."""
    digest = hashlib.sha256()
    for name in ARRAYS:
        digest.update(name.encode())
        with (folder / f"{name}.npy").open("rb") as file:
            while block := file.read(2**20):
                digest.update(block)
    return f"sha256:{digest.hexdigest()}"

"""Datasets, jobs and models on disk. Nothing half-made is ever visible: write aside, fsync, rename.

datasets/{id}/manifest.json train_x.npy train_y.npy test_x.npy test_y.npy
jobs/{id}/job.json metrics.{attempt}.jsonl
models/{name}/{version}/manifest.json weights.safetensors
uploads/{id}/ what came over the wire, until it is imported
"""

import errno
import hashlib
import json
import os
import re
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import load, save

from worker.data.dataset import Dataset, Split
from worker.errors import CorruptFile, DatasetNotFound, ModelNotFound, StoreFull
from worker.nn.backend import Array
from worker.spec import MODEL_NAME

Json = dict[str, Any]
FLUSH_S = 0.2  # at most this long is a row of metrics kept back
ARRAYS = ("train_x", "train_y", "test_x", "test_y")


class Store:
    """One folder; safe for any number of processes that share it."""

    def __init__(self, root: Path, min_free_bytes: int = 0) -> None:
        self.root = root
        self.min_free_bytes = min_free_bytes

    def check_space(self, wanted_bytes: int = 0) -> None:
        """Raise StoreFull unless this many bytes, and the reserve, fit on the disk."""
        self.root.mkdir(parents=True, exist_ok=True, mode=0o700)
        free = shutil.disk_usage(self.root).free
        if free < wanted_bytes + self.min_free_bytes:
            raise StoreFull(
                f"Expected {wanted_bytes + self.min_free_bytes} free bytes in the store, got "
                f"{free}. Make room, or lower PURR_MIN_FREE_BYTES."
            )

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

    # Datasets

    @contextmanager
    def dataset_folder(self, dataset_id: str) -> Iterator[Path]:
        """A folder to import into; it is gone afterwards unless it was published."""
        part = self.root / "datasets" / f".{dataset_id}.{os.getpid()}.part"
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
            raise CorruptFile(
                f"Expected dataset {dataset_id} to have digest {manifest['digest']}, got {found}. "
                "Its files have changed on disk; upload it again."
            )
        arrays = {name: np.load(folder / f"{name}.npy", mmap_mode="r") for name in ARRAYS}
        splits = {
            split: Split(arrays[f"{split}_x"], np.asarray(arrays[f"{split}_y"]))
            for split in ("train", "test")
        }
        kept = ("id", "digest", "classes", "shape", "preprocessing")
        return Dataset(**{name: manifest[name] for name in kept}, splits=splits)

    # Jobs

    def write_job(self, job_id: str, job: Json) -> None:
        self.check_space()
        write_atomically(self.root / "jobs" / job_id / "job.json", json.dumps(job).encode())

    def drop_job(self, job_id: str) -> None:
        shutil.rmtree(self.root / "jobs" / job_id, ignore_errors=True)

    def metrics_file(self, job_id: str, attempt: int) -> Path:
        """A line of JSON for every epoch of this attempt; no other attempt writes into it."""
        return self.root / "jobs" / job_id / f"metrics.{attempt}.jsonl"

    @contextmanager
    def metrics_log(self, job_id: str, attempt: int) -> Iterator[Callable[[Json], None]]:
        """A function that writes a row; readers see it a moment later, a power cut never undoes
        what was written when the block has ended."""
        path = self.metrics_file(job_id, attempt)
        path.parent.mkdir(parents=True, exist_ok=True)
        with full_disk_named(), path.open("w") as file:
            flushed = time.monotonic()

            def write(row: Json) -> None:
                nonlocal flushed
                file.write(json.dumps(row) + "\n")
                if time.monotonic() - flushed > FLUSH_S:
                    file.flush()
                    flushed = time.monotonic()

            yield write
            file.flush()
            os.fsync(file.fileno())

    def metrics(self, job_id: str, attempt: int) -> list[Json]:
        """The epochs written so far; a line that is still being written does not count."""
        try:
            text = self.metrics_file(job_id, attempt).read_text()
        except FileNotFoundError:
            return []
        whole, _, _ = text.rpartition("\n")
        return [json.loads(line) for line in whole.splitlines()]

    # Models

    def model_folder(self, name: str) -> Path:
        # A name comes from a URL: nothing but what a spec allows may meet the file system.
        if not re.fullmatch(MODEL_NAME, name):
            raise ModelNotFound(f"No model has the name {name!r:.80}.")
        return self.root / "models" / name

    def publish_model(
        self, name: str, version: int, tensors: dict[str, Array], about: Json
    ) -> None:
        """Make these tensors version `version` of the model. Twice by one job is once."""
        final = self.model_folder(name) / str(version)
        if final.exists():
            return
        part = final.with_name(f".{version}.{os.getpid()}.part")
        weights = save({key: np.ascontiguousarray(array) for key, array in tensors.items()})
        digest = f"sha256:{hashlib.sha256(weights).hexdigest()}"
        manifest = {**about, "name": name, "version": version, "digest": digest}
        try:
            with full_disk_named():
                part.mkdir(parents=True)
                (part / "weights.safetensors").write_bytes(weights)
                (part / "manifest.json").write_text(json.dumps(manifest))
                sync_tree(part)
                part.rename(final)
                sync_folder(final.parent)
        finally:
            shutil.rmtree(part, ignore_errors=True)

    def model_names(self) -> list[str]:
        return sorted(path.name for path in (self.root / "models").glob("[!.]*") if path.is_dir())

    def versions(self, name: str) -> list[int]:
        """The versions of a model, oldest first; none for a name that was never published."""
        folder = self.model_folder(name)
        return sorted(int(path.name) for path in folder.glob("[0-9]*") if path.name.isdigit())

    def model_manifest(self, name: str, version: int) -> Json:
        manifest = read_json(self.model_folder(name) / str(version) / "manifest.json")
        if manifest is None:
            raise ModelNotFound(f"No model {name} has version {version}.")
        return manifest

    def tensors(self, name: str, version: int) -> dict[str, Array]:
        """The arrays of a model, once their bytes are known to be what was published."""
        manifest = self.model_manifest(name, version)
        weights = (self.model_folder(name) / str(version) / "weights.safetensors").read_bytes()
        found = f"sha256:{hashlib.sha256(weights).hexdigest()}"
        if found != manifest["digest"]:
            raise CorruptFile(
                f"Expected model {name} version {version} to have digest {manifest['digest']}, "
                f"got {found}. Its file has changed on disk; train it again."
            )
        return load(weights)


# How a file becomes visible and stays


def write_atomically(path: Path, payload: bytes) -> None:
    """Put payload at path; a reader sees the old file or the new one, never half."""
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    with full_disk_named():
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with part.open("wb") as file:
                file.write(payload)
                file.flush()
                os.fsync(file.fileno())
            part.replace(path)
        finally:
            with suppress(OSError):
                part.unlink()
        sync_folder(path.parent)
        sync_folder(path.parent.parent)


def sync_tree(folder: Path) -> None:
    for path in folder.iterdir():
        with path.open("rb") as file:
            os.fsync(file.fileno())
    sync_folder(folder)
    sync_folder(folder.parent)


def sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def full_disk_named() -> Iterator[None]:
    """Turn a full disk into StoreFull; every other fault of the disk stays what it is."""
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise StoreFull("The disk under the store is full. Make room and try again.") from error


def read_json(path: Path) -> Json | None:
    try:
        return json.loads(path.read_bytes())  # type: ignore[no-any-return]
    except FileNotFoundError:
        return None


def digest_of_arrays(folder: Path) -> str:
    """sha256 over the array files, names included, in a fixed order."""
    digest = hashlib.sha256()
    for name in ARRAYS:
        digest.update(name.encode())
        with (folder / f"{name}.npy").open("rb") as file:
            while block := file.read(2**20):
                digest.update(block)
    return f"sha256:{digest.hexdigest()}"

"""Datasets as they are kept: arrays that never change, and what is known of them.

datasets/{id}/ manifest.json train_x.npy train_y.npy test_x.npy test_y.npy, and perhaps
               validation_x.npy validation_y.npy
"""

import hashlib
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from worker.data.dataset import Dataset, Split
from worker.errors import DamagedDataset, DatasetNotFound
from worker.jsontypes import Json
from worker.system.files import (
    full_disk_named,
    read_json,
    remove,
    remove_leftovers,
    sync_folder,
    sync_tree,
    temp_path,
)
from worker.system.folder_size import bytes_below

SPLITS = ("train", "test", "validation")  # in the order of the digest; not all have the last
BLOCK_BYTES = 2**20  # read at a time


class DatasetStore:
    """A folder for each dataset, which has its name once all of it is there."""

    def __init__(self, root: Path) -> None:
        self._root = root

    @contextmanager
    def local_folder(self, dataset_id: str) -> Iterator[Path]:
        """Yields an empty folder of this machine, for a sealed process to import into. It is
        removed at the end, unless it was published.

        Raises:
            StoreFull: the disk is full.
        """
        part = temp_path(self._root / dataset_id)
        part.mkdir(parents=True)
        try:
            with full_disk_named():
                yield part
        finally:
            shutil.rmtree(part, ignore_errors=True)

    def publish(self, dataset_id: str, folder: Path, about: Json) -> Json:
        """Make the arrays in a `local_folder` the dataset of this id. Twice is once.

        Returns:
            The manifest of the dataset: `about`, its id and its digest.

        Raises:
            StoreFull: the disk is full.
        """
        final = self._root / dataset_id
        if not final.exists():
            manifest = {**about, "id": dataset_id, "digest": digest_of_arrays(folder)}
            (folder / "manifest.json").write_text(json.dumps(manifest))
            with full_disk_named():
                sync_tree(folder)
                folder.rename(final)
                sync_folder(final.parent)
        return self.manifest(dataset_id)

    def has(self, dataset_id: str) -> bool:
        """Returns whether a dataset is there."""
        return (self._root / dataset_id).exists()

    def manifest(self, dataset_id: str) -> Json:
        """Returns what is known of a dataset.

        Raises:
            DatasetNotFound: there is none of this id.
        """
        manifest = read_json(self._root / dataset_id / "manifest.json")
        if manifest is None:
            raise DatasetNotFound(f"No dataset has the id {dataset_id}.")
        return manifest

    def open(self, dataset_id: str) -> Dataset:
        """Returns the dataset, its samples memory-mapped, after its digest was checked.

        Raises:
            DatasetNotFound: there is none of this id.
            DamagedDataset: its bytes are not those that were imported.
        """
        folder = self._root / dataset_id
        manifest = self.manifest(dataset_id)
        if (found := digest_of_arrays(folder)) != manifest["digest"]:
            raise DamagedDataset(
                f"Expected dataset {dataset_id} to have digest {manifest['digest']}, got {found}. "
                "Its files have changed on disk; upload it again."
            )
        arrays = {
            name: np.load(folder / f"{name}.npy", mmap_mode="r") for name in arrays_in(folder)
        }
        splits = {
            split: Split.whole(arrays[f"{split}_x"], np.asarray(arrays[f"{split}_y"]))
            for split in SPLITS
            if f"{split}_x" in arrays
        }
        kept = ("id", "digest", "classes", "shape", "preprocessing")
        return Dataset(**{name: manifest[name] for name in kept}, splits=splits)

    def bytes(self, dataset_id: str) -> int:
        """Returns what the files of a dataset take; 0 if there are none."""
        return bytes_below(self._root / dataset_id)

    def drop(self, dataset_id: str) -> None:
        """Remove a dataset. Whoever has it open goes on reading."""
        remove(self._root / dataset_id)

    def drop_leftovers(self, age_s: float) -> None:
        """Remove what a process that died was importing, once it is this old."""
        remove_leftovers(self._root.glob(".*.part"), age_s)


def arrays_in(folder: Path) -> list[str]:
    """Returns the names of a dataset's arrays."""
    names = [f"{split}_{part}" for split in SPLITS for part in "xy"]
    return [name for name in names if (folder / f"{name}.npy").exists()]


def digest_of_arrays(folder: Path) -> str:
    """Returns the sha256 of the array files, names included, in a fixed order."""
    digest = hashlib.sha256()
    for name in arrays_in(folder):
        digest.update(name.encode())
        with (folder / f"{name}.npy").open("rb") as file:
            while block := file.read(BLOCK_BYTES):
                digest.update(block)
    return f"sha256:{digest.hexdigest()}"

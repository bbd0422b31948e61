"""Datasets as they are kept: arrays that never change, and what is known of them.

datasets/{id}/ manifest.json train_x.npy train_y.npy test_x.npy test_y.npy, and perhaps
               validation_x.npy validation_y.npy, and originals/. Of rows that were files,
               {split}_names.txt and {split}_name_places.npy say how these were called;
               statistics.json is there once somebody has asked for it. The digest is of the
               arrays alone.
"""

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from worker.data.dataset import Dataset, Split
from worker.data.row_names import read_names
from worker.errors import DamagedDataset, DatasetNotFound
from worker.jsontypes import Json
from worker.store.originals import FOLDER
from worker.store.stored_rows import StoredRows
from worker.system.files import (
    full_disk_named,
    made_aside,
    read_json,
    remove,
    remove_leftovers,
    sync_folder,
    sync_tree,
    write_atomically,
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
        with made_aside(self._root / dataset_id) as part:
            yield part

    def publish(
        self,
        dataset_id: str,
        folder: Path,
        about: Json,
        *,
        with_rows: bool = True,
        check: Callable[[], None] = lambda: None,
    ) -> Json:
        """Make the arrays in a `local_folder` the dataset of this id. Twice is once.

        Args:
            with_rows: whether they are kept, and not only what is known of them.
            check: raises when it is no longer wanted; called for each block that is digested.

        Returns:
            The manifest of the dataset: `about`, its id and its digest.

        Raises:
            StoreFull: the disk is full.
        """
        final = self._root / dataset_id
        if not final.exists():
            manifest = {**about, "id": dataset_id, "digest": digest_of_arrays(folder, check)}
            if not with_rows:
                for path in folder.iterdir():
                    path.unlink()
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
        self._checked(dataset_id)
        return self.mapped(dataset_id)

    def mapped(self, dataset_id: str) -> Dataset:
        """Returns the same without a look at its digest, which is to read all of it: for who has
        another digest of what is wanted.

        Raises:
            DatasetNotFound: there is none of this id.
        """
        folder, manifest = self._root / dataset_id, self.manifest(dataset_id)
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

    def local_arrays(self, dataset_id: str, check: Callable[[], None]) -> Path:
        """Returns the folder of this machine with a dataset's arrays, for a sealed process to read.

        Args:
            check: raises when they are no longer wanted; called again and again.

        Raises:
            DatasetNotFound, DamagedDataset: as `open` raises them.
        """
        return self._checked(dataset_id, check)[0]

    def local_originals(self, dataset_id: str) -> list[Path]:
        """Returns the files of which a dataset was made, in the order in which they came; none if
        they were not kept."""
        return sorted((self._root / dataset_id / FOLDER).glob("*"))

    def has_originals(self, dataset_id: str) -> bool:
        """Returns whether the files of which it was made were kept."""
        return bool(self.local_originals(dataset_id))

    def _checked(
        self, dataset_id: str, check: Callable[[], None] = lambda: None
    ) -> tuple[Path, Json]:
        """The folder of a dataset and its manifest, after its digest was checked."""
        folder, manifest = self._root / dataset_id, self.manifest(dataset_id)
        if (found := digest_of_arrays(folder, check)) != manifest["digest"]:
            raise DamagedDataset(
                f"Expected dataset {dataset_id} to have digest {manifest['digest']}, got {found}. "
                "Its files have changed on disk; upload it again."
            )
        return folder, manifest

    def rows(self, dataset_id: str, split: str) -> StoredRows:
        """Returns the rows of a split that the dataset has, to be read one by one."""
        return StoredRows(self._root / dataset_id, split)

    def names(self, dataset_id: str, split: str) -> list[str] | None:
        """Returns how all rows of a split were called in the upload; None where that is not
        known."""
        return read_names(self._root / dataset_id, split)

    def statistics(self, dataset_id: str) -> Json | None:
        """Returns the statistics that were kept of a dataset; None if there are none yet."""
        return read_json(self._statistics(dataset_id))

    def keep_statistics(self, dataset_id: str, found: Json) -> None:
        """Keep what was computed of a dataset.

        Raises:
            FileNotFoundError: it is not there any more.
            StoreFull: the disk is full.
        """
        write_atomically(self._statistics(dataset_id), json.dumps(found).encode())

    def bytes(self, dataset_id: str) -> int:
        """Returns what the files of a dataset take; 0 if there are none."""
        return bytes_below(self._root / dataset_id)

    def drop(self, dataset_id: str) -> None:
        """Remove a dataset. Whoever has it open goes on reading."""
        remove(self._root / dataset_id)

    def drop_leftovers(self, age_s: float) -> None:
        """Remove what a process that died was importing or keeping, once it is this old."""
        for pattern in (".*.part", "*/*.part"):
            remove_leftovers(self._root.glob(pattern), age_s)

    def _statistics(self, dataset_id: str) -> Path:
        return self._root / dataset_id / "statistics.json"


def arrays_in(folder: Path) -> list[str]:
    """Returns the names of a dataset's arrays."""
    names = [f"{split}_{part}" for split in SPLITS for part in "xy"]
    return [name for name in names if (folder / f"{name}.npy").exists()]


def digest_of_arrays(folder: Path, check: Callable[[], None] = lambda: None) -> str:
    """Returns the sha256 of the array files, names included, in a fixed order.

    Args:
        check: raises when it is no longer wanted; called for each block.
    """
    digest = hashlib.sha256()
    for name in arrays_in(folder):
        digest.update(name.encode())
        with (folder / f"{name}.npy").open("rb") as file:
            while block := file.read(BLOCK_BYTES):
                check()
                digest.update(block)
    return f"sha256:{digest.hexdigest()}"

"""Features of datasets' pictures, by backbones: made once, and made anew when they are lost.

features/{dataset}/{backbone}-{form}/ manifest.json and {split}_x.npy {split}_y.npy for each split:
                                      the backbone by the digits of its digest. The digest of the
                                      features is of the arrays alone
"""

import json
import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np

from worker.data.dataset import Dataset, Split
from worker.jsontypes import Json
from worker.store.backbones import ALGORITHM
from worker.store.datasets import digest_of_arrays
from worker.system.files import (
    full_disk_named,
    made_aside,
    make_folder,
    read_json,
    remove,
    remove_leftovers,
    renamed,
    sync_folder,
    sync_tree,
)
from worker.system.folder_size import bytes_below
from worker.system.locks import held_once_free

# plain       of the pictures
# mirrored    of the pictures, left for right
# both        the same as plain, but for those to train on, behind which the mirrored ones lie
Form = Literal["plain", "mirrored", "both"]

log = logging.getLogger(__name__)


class Key(NamedTuple):
    """Which features: of which dataset, by the digest of which backbone."""

    dataset: str
    backbone: str
    form: Form = "plain"


class FeatureStore:
    """A folder for the features of each key, which has its name once all of it is there."""

    def __init__(self, root: Path) -> None:
        self._root = root

    @contextmanager
    def local_folder(self, key: Key) -> Iterator[Path]:
        """Yields an empty folder of this machine, for features to be made in. It is removed at the
        end, unless it was published.

        Raises:
            StoreFull: the disk is full.
        """
        with made_aside(self._folder(key)) as part:
            yield part

    @contextmanager
    def alone(self, key: Key, check: Callable[[], None]) -> Iterator[None]:
        """Nobody else makes these features meanwhile: whoever is doing that is waited for.

        Args:
            check: raises when they are no longer wanted; called while this waits.

        Raises:
            StoreFull: the disk is full.
        """
        folder = self._folder(key)
        make_folder(folder.parent)
        lock = os.open(folder.with_name(f".{folder.name}.lock"), os.O_RDWR | os.O_CREAT, 0o600)
        with held_once_free(lock, check):
            yield

    def publish(self, key: Key, folder: Path, about: Json) -> Path:
        """Make the arrays in a `local_folder` the features of a key, in the place of any others.
        Returns the folder that they have then.

        Raises:
            StoreFull: the disk is full.
        """
        final = self._folder(key)
        manifest = {**about, **key._asdict(), "digest": digest_of_arrays(folder)}
        (folder / "manifest.json").write_text(json.dumps(manifest))
        with full_disk_named():
            sync_tree(folder)
            while not renamed(folder, final):
                remove(final)
            sync_folder(final.parent)
        return final

    def manifest(self, key: Key) -> Json | None:
        """Returns what is known of the features of a key; None if there are none."""
        return read_json(self._folder(key) / "manifest.json")

    def local_arrays(self, key: Key, check: Callable[[], None] = lambda: None) -> Path | None:
        """Returns the folder of this machine with the features of a key, after their digest was
        checked; None if they have to be made.

        Args:
            check: raises when they are no longer wanted; called again and again.
        """
        if (manifest := self.manifest(key)) is None:
            return None
        folder = self._folder(key)
        if digest_of_arrays(folder, check) != manifest["digest"]:
            log.warning("features are made anew, for they have changed on disk: %s", folder)
            return None
        return folder

    def of(self, dataset: Dataset, key: Key) -> Dataset:
        """Returns a dataset with the features of its pictures as samples, memory-mapped, and the
        classes that are kept with them: of what is returned, the digest of the features tells."""
        folder, splits = self._folder(key), {}
        for name in dataset.splits:
            x, y = (folder / f"{name}_{part}.npy" for part in "xy")
            samples = np.load(x, mmap_mode="r", allow_pickle=False)
            splits[name] = Split.whole(samples, np.load(y, allow_pickle=False))
        shape = [*splits["train"].x.shape[1:]]
        told = {"digest": (self.manifest(key) or {})["digest"], "mirrored": key.form == "both"}
        return replace(dataset, shape=shape, splits=splits, **told)

    def bytes(self, dataset_id: str) -> int:
        """Returns what all features of a dataset take; 0 if there are none."""
        return bytes_below(self._root / dataset_id)

    def drop(self, dataset_id: str) -> None:
        """Remove all features of a dataset. Whoever has them open goes on reading."""
        remove(self._root / dataset_id)

    def drop_of_backbone(self, digest: str) -> None:
        """Remove all features that a backbone has made."""
        for folder in self._root.glob(f"*/{digest.removeprefix(ALGORITHM)}-*"):
            remove(folder)

    def drop_leftovers(self, age_s: float) -> None:
        """Remove what a process that died was making, once it is this old."""
        remove_leftovers(self._root.glob("*/.*.part"), age_s)

    def _folder(self, key: Key) -> Path:
        return self._root / key.dataset / f"{key.backbone.removeprefix(ALGORITHM)}-{key.form}"

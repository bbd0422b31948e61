"""Which test rows each version of a model answered right, so that any two of them can be compared
without being asked again.

models/{name}/right/ {digits of the weights' digest}-{digits of the rows' digest}.json
"""

import base64
import hashlib
import json
from collections.abc import Collection
from pathlib import Path
from typing import NamedTuple

import numpy as np

from worker.data.dataset import Split, block_rows
from worker.findings.paired import Paired
from worker.jsontypes import Json
from worker.nn.arrays import Array
from worker.store.model_folder import model_folder
from worker.system.files import make_folder, read_json, remove_leftovers, write_atomically

FOLDER = "right"
MOST_ROWS = 100_000  # of a split; of a larger one, the first
DIGITS = 32  # of a digest, in the name of a file


class AskedRows(NamedTuple):
    """The rows by which models are compared.

    Attributes:
        dataset: its id; others may have the same rows.
        digest: of the samples and their classes.
        rows: of them, the first MOST_ROWS at most.
    """

    dataset: str
    digest: str
    rows: Split

    @classmethod
    def of(cls, dataset: str, split: Split) -> "AskedRows":
        """Returns those of a dataset, whose test split this is."""
        rows, digest = split.first(MOST_ROWS), hashlib.sha256()
        step = block_rows(rows.x[:1].size)
        for at in range(0, len(rows), step):
            digest.update(rows.samples(slice(at, at + step)).tobytes())
        digest.update(rows.y.tobytes())
        return cls(dataset, digest.hexdigest(), rows)


class Kept(NamedTuple):
    """What a version made of some test rows.

    Attributes:
        dataset: the id of one that has them.
        own: whether the version comes from a dataset with these rows.
        right: whether each was answered right, (rows,).
    """

    dataset: str
    own: bool
    right: Array


class RightAnswers:
    """A file for each version, known by the digest of its weights, and the rows that it was asked.

    Neither ever changes, so that whoever writes a file again writes the same.
    """

    def __init__(self, root: Path) -> None:
        self._root = root

    def keep(self, name: str, version: Json, tested: AskedRows, right: Array) -> None:
        """Keep which of the rows a version answered right, (rows,).

        Args:
            version: its manifest.

        Raises:
            StoreFull: the disk is full.
        """
        path = self._path(name, version, tested.digest)
        bits = base64.b64encode(np.packbits(right).tobytes()).decode()
        own = version["dataset"]["id"] == tested.dataset
        about = {"dataset": tested.dataset, "own": own, "rows": len(right), "right": bits}
        make_folder(path.parent)
        write_atomically(path, json.dumps(about).encode())

    def has(self, name: str, version: Json, tested: AskedRows) -> bool:
        """Returns whether it is known which of the rows a version answered right."""
        return self._path(name, version, tested.digest).exists()

    def paired(self, name: str, champion: Json, candidate: Json) -> list[Paired]:
        """Returns how two versions, given by their manifests, answered the test rows of the dataset
        of each, as far as that is known of both."""
        first, second = self.of(name, champion), self.of(name, candidate)
        return [
            pair(ours, theirs)
            for rows in sorted(first.keys() & second.keys())
            if (ours := first[rows]).own | (theirs := second[rows]).own
        ]

    def of(self, name: str, version: Json) -> dict[str, Kept]:
        """Returns what a version, given by its manifest, made of test rows, by the digits of the
        rows' digest."""
        found = self._path(name, version, "*")
        return {path.stem.partition("-")[2]: kept(path) for path in found.parent.glob(found.name)}

    def drop(self, name: str, version: Json, others: Collection[str]) -> None:
        """Remove what is known of a version, given by its manifest, unless another one that has
        the same weights, and so one of these digests, needs it."""
        if version["digest"] not in others:
            pattern = self._path(name, version, "*")
            for path in pattern.parent.glob(pattern.name):
                path.unlink(missing_ok=True)

    def drop_leftovers(self, age_s: float) -> None:
        """Remove what a process was writing when it died, once it is this old."""
        remove_leftovers(self._root.glob(f"*/{FOLDER}/*.part"), age_s)

    def _path(self, name: str, version: Json, rows: str) -> Path:
        weights = version["digest"].partition(":")[2][:DIGITS]
        return model_folder(self._root, name) / FOLDER / f"{weights}-{rows[:DIGITS]}.json"


def kept(path: Path) -> Kept:
    said = read_json(path) or {}
    bits = np.frombuffer(base64.b64decode(said["right"]), np.uint8)
    right = np.unpackbits(bits, count=said["rows"]).astype(bool)
    return Kept(said["dataset"], said["own"], right)


def pair(champion: Kept, candidate: Kept) -> Paired:
    """Returns how two versions answered the same rows."""
    first, second = champion.right, candidate.right
    return Paired(
        on=(candidate if candidate.own else champion).dataset,
        rows=len(first),
        both=int((first & second).sum()),
        only_champion=int((first & ~second).sum()),
        only_candidate=int((second & ~first).sum()),
    )

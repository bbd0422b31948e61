"""Which versions there are of each uploaded dataset, and what was asked for to make them.

lineages/{id of the upload}/ {version}.json, from 2 on
"""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from worker.system.files import (
    full_disk_named,
    make_folder,
    read_json,
    remove,
    remove_leftovers,
    sync_folder,
    temp_path,
)

FIRST = 1  # the version that an upload is


class Entry(NamedTuple):
    """A version that was asked for.

    Attributes:
        version: its number.
        id: of its dataset, which may be gone.
        asked: a digest of what was asked for.
    """

    version: int
    id: str
    asked: str


class Lineages:
    """A folder for each upload of which versions were made. Any number of processes may add some at
    once: a number is given out once."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def entries(self, upload: str) -> list[Entry]:
        """Returns the versions of an upload that were asked for, the newest first."""
        found = (self._root / upload).glob("*.json")
        paths = sorted(found, key=lambda path: int(path.stem), reverse=True)
        said = ((path, read_json(path)) for path in paths)
        return [Entry(int(path.stem), each["id"], each["asked"]) for path, each in said if each]

    def reserve(
        self, upload: str, dataset_id: str, asked: str, may_be: Callable[[str], bool]
    ) -> Entry:
        """Returns the version that was asked for in these words before; else a new one. When this
        returns, it survives a power cut.

        Args:
            dataset_id: of the new version, if there will be one.
            may_be: whether the dataset of this id may be the answer.

        Raises:
            StoreFull: the disk is full.
        """
        folder = self._root / upload
        make_folder(folder)
        while True:
            known = self.entries(upload)
            for entry in known:
                if entry.asked == asked and may_be(entry.id):
                    return entry
            newest = known[0].version if known else FIRST
            entry = Entry(newest + 1, dataset_id, asked)
            if self._written(folder / f"{entry.version}.json", entry):
                return entry

    def forget(self, upload: str) -> None:
        """Remove what is known of the versions of an upload."""
        remove(self._root / upload)

    def drop_leftovers(self, age_s: float) -> None:
        """Remove what a process that died was writing or removing, once it is this old."""
        for pattern in (".*.part", "*/.*.part"):
            remove_leftovers(self._root.glob(pattern), age_s)

    def _written(self, path: Path, entry: Entry) -> bool:
        """Whether the number was still free, and is this entry's now."""
        part = temp_path(path)
        with full_disk_named():
            try:
                with part.open("w") as file:
                    json.dump({"id": entry.id, "asked": entry.asked}, file)
                    file.flush()
                    os.fsync(file.fileno())
                os.link(part, path)  # unlike a rename it takes nobody's place
            except FileExistsError:
                return False
            finally:
                part.unlink(missing_ok=True)
            sync_folder(path.parent)
            sync_folder(path.parent.parent)
        return True

"""Uploads as they are kept, from the first byte until they are imported.

uploads/{id}/ {number}-{label}, a file for each that came
"""

import shutil
import time
from contextlib import suppress
from pathlib import Path

from worker.store.space import Space
from worker.store.upload_writer import UploadWriter
from worker.system.folder_size import bytes_below


class UploadStore:
    """A folder for each upload, under the id of the dataset that it is to become."""

    def __init__(self, root: Path, space: Space) -> None:
        self._root, self._space = root, space

    def open(self, upload_id: str) -> UploadWriter:
        """Returns a new upload, for what comes over the wire.

        Raises:
            StoreFull: the reserve is not free.
        """
        self._space.check()
        folder = self._root / upload_id
        folder.mkdir(parents=True)
        return UploadWriter(folder, self._space)

    def local_files(self, upload_id: str) -> list[Path]:
        """Returns the files of an upload, in the order in which they came, as files of this
        machine: a sealed process opens them by their paths."""
        return sorted((self._root / upload_id).iterdir())

    def bytes(self, upload_id: str) -> int:
        """Returns what the files of an upload take; 0 if there are none."""
        return bytes_below(self._root / upload_id)

    def drop(self, upload_id: str) -> None:
        """Remove an upload, if it is there."""
        shutil.rmtree(self._root / upload_id, ignore_errors=True)

    def forsaken(self, age_s: float) -> list[str]:
        """Returns the ids of uploads into which nothing has come for so many seconds."""
        oldest, found = time.time() - age_s, []
        for folder in self._root.glob("ds_*"):
            with suppress(FileNotFoundError):
                if max(path.stat().st_mtime for path in (folder, *folder.iterdir())) < oldest:
                    found.append(folder.name)
        return found

"""Uploads as they are kept, from the first byte until they are imported.

uploads/{id}/ {number}-{label}, a file for each that came
              rows/ features/, made of those without labels, until a model has answered for them
"""

import os
import re
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from worker.errors import TooBusy
from worker.jsontypes import Json
from worker.store import resumable_upload
from worker.store.resumable_upload import ABOUT, ResumableUpload
from worker.store.upload_writer import UploadWriter, label_of
from worker.system.files import (
    file_digest,
    made_aside,
    remove,
    remove_leftovers,
    sync_folder,
    sync_tree,
)
from worker.system.folder_size import bytes_below
from worker.system.locks import held_once_free

UPLOAD_ID = re.compile("(ds|pred)_[0-9a-f]{32}")
MOST_BEGUN = 1_000  # uploads in pieces at a time: each may be nothing but a folder


class UploadStore:
    """A folder for each upload, under the id of what it is to become. Whether there is
    room for it, whoever writes has to ask before."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def open(self, upload_id: str) -> UploadWriter:
        """Returns a new upload, for what comes over the wire."""
        folder = self._root / upload_id
        folder.mkdir(parents=True)
        return UploadWriter(folder)

    def begin(self, upload_id: str, name: str, about: Json) -> ResumableUpload:
        """Returns a new upload of one file that comes in pieces.

        Raises:
            TooBusy: as many as there may be have begun.
            StoreFull: the disk is full.
        """
        if len(list(self._root.glob(f"*/{ABOUT}"))) >= MOST_BEGUN:
            raise TooBusy(
                f"Expected at most {MOST_BEGUN:,} uploads that come in pieces, got one more; "
                "finish one, or try again later."
            )
        about = {**about, "label": label_of(1, name)}
        return resumable_upload.begin(self._root / upload_id, about)

    def resumable(self, upload_id: str) -> ResumableUpload | None:
        """Returns an upload that comes in pieces; None if there is none of this id."""
        if not UPLOAD_ID.fullmatch(upload_id):  # it came in an address, and is to be a folder's
            return None
        return resumable_upload.found(self._root / upload_id)

    def local_files(self, upload_id: str) -> list[Path]:
        """Returns the files of an upload, in the order in which they came, as files of this
        machine: a sealed process opens them by their paths."""
        files = (self._root / upload_id).iterdir()
        return sorted(file for file in files if file.name != ABOUT and not file.is_dir())

    def local_made(
        self, upload_id: str, name: str, make: Callable[[Path], None], check: Callable[[], None]
    ) -> Path:
        """Returns the folder of this machine with what is made of an upload, under this name beside
        its files; it is there as a whole, and made once: whoever is doing that is waited for.

        Args:
            make: writes into the folder that it is given, unless an earlier attempt has done it.
            check: raises when it is no longer wanted; called while this waits.

        Raises:
            FileNotFoundError: the upload is gone.
            StoreFull: the disk is full.
        """
        final = self._root / upload_id / name
        with held_once_free(os.open(final.parent, os.O_RDONLY | os.O_DIRECTORY), check):
            if not final.exists():
                if not final.parent.exists():  # it was dropped while this waited
                    raise FileNotFoundError(final.parent)
                remove_leftovers(final.parent.glob(f".{name}.*.part"), 0)
                with made_aside(final) as part:
                    make(part)
                    sync_tree(part)
                    part.rename(final)
                    sync_folder(final.parent)
        return final

    def sha256(self, upload_id: str) -> str:
        """Returns the digest of the only file of an upload, in hexadecimal."""
        (file,) = self.local_files(upload_id)
        return file_digest(file)

    def bytes(self, upload_id: str) -> int:
        """Returns what the files of an upload take; 0 if there are none."""
        return bytes_below(self._root / upload_id)

    def drop(self, upload_id: str) -> None:
        """Remove an upload, if it is there. Whoever has a file of it open goes on reading."""
        remove(self._root / upload_id)

    def drop_leftovers(self, age_s: float) -> None:
        """Remove what a process that died was removing, once it is this old."""
        remove_leftovers(self._root.glob(".*.part"), age_s)

    def forsaken(self, kind: str, age_s: float) -> list[str]:
        """Returns the ids of uploads of this kind into which nothing has come for so many
        seconds."""
        oldest, found = time.time() - age_s, []
        for folder in self._root.glob(f"{kind}_*"):
            with suppress(FileNotFoundError):
                if max(path.stat().st_mtime for path in (folder, *folder.iterdir())) < oldest:
                    found.append(folder.name)
        return found

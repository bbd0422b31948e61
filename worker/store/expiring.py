"""What of the store may go with time: whole jobs, parts of them, events, and uploaded files.

A part goes by a rename, so it is there whole or not at all.
"""

from collections.abc import Iterator
from contextlib import suppress
from itertools import chain
from pathlib import Path

from worker.errors import StoreFull
from worker.jsontypes import Json
from worker.store.model_needs import HERE, TRASHED
from worker.store.originals import FOLDER as ORIGINALS
from worker.system.files import read_json, remove, sync_folder, write_atomically
from worker.system.folder_size import bytes_below

GOING = "going"  # in the folder of a job of which the record is gone, or is just going
# Where the files of each kind lie: folders by the ids in them, and what in each of these.
PLACES = {
    "jobs": (("jobs",), ("",)),
    "checkpoints": (("jobs",), ("checkpoints", "kept")),
    "metrics": (("jobs",), ("metrics.*.jsonl",)),
    "events": (("jobs", "imports", "predictions"), ("events.jsonl",)),
    "originals": (("datasets",), (ORIGINALS,)),
}


class Expiring:
    """Files that may go, by their kind and the id of whose they are."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def ids(self, kind: str) -> list[str]:
        """Returns the ids of which there is something of a kind, the newest first."""
        folders, patterns = PLACES[kind]
        found = {
            path.name
            for folder in folders
            for path in (self._root / folder).glob("[!.]*_*")
            if any(self._matching(path, patterns))
        }
        # The digits of an id begin with the time at which it was made.
        return sorted(found, key=lambda each: each.partition("_")[2], reverse=True)

    def bytes(self, kind: str, record_id: str) -> int:
        """Returns what these files take."""
        files = [*self._files(kind, record_id)]
        own = sum(path.stat().st_size for path in files if path.is_file())
        return own + bytes_below(*(path for path in files if path.is_dir()))

    def mark(self, job_id: str) -> None:
        """Note that a whole job goes, so that whoever comes after a process that died may do the
        rest. On a full disk it goes without."""
        with suppress(FileNotFoundError, StoreFull):
            write_atomically(self._root / "jobs" / job_id / GOING, b"")

    def is_going(self, job_id: str) -> bool:
        """Returns whether somebody has begun to remove a whole job."""
        return (self._root / "jobs" / job_id / GOING).exists()

    def drop(self, kind: str, record_id: str) -> int:
        """Remove these files. Returns their bytes."""
        size = 0
        for path in self._files(kind, record_id):
            with suppress(FileNotFoundError):
                if path.is_dir():
                    size += bytes_below(path)
                    remove(path)
                else:
                    size += path.stat().st_size
                    path.unlink()
                    sync_folder(path.parent)
        return size

    def manifests(self) -> Iterator[Json]:
        """Yields the manifests of all versions of models, those in the trash too."""
        models = self._root / "models"
        yield from filter(None, map(read_json, chain(models.glob(HERE), models.glob(TRASHED))))

    def _files(self, kind: str, record_id: str) -> Iterator[Path]:
        folders, patterns = PLACES[kind]
        for folder in folders:
            yield from self._matching(self._root / folder / record_id, patterns)

    def _matching(self, folder: Path, patterns: tuple[str, ...]) -> Iterator[Path]:
        for pattern in patterns:
            if pattern:
                yield from folder.glob(pattern)
            elif folder.is_dir():
                yield folder

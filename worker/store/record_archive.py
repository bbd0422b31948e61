"""What the store keeps of records: what was asked for, and how it ended.

jobs/{id}/, imports/{id}/ or predictions/{id}/: request.json record.json events.jsonl
imports/{id}/ of a dataset in the trash: trashed.json
"""

import json
import logging
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from worker.errors import QueueUnavailable, RecordNotFound
from worker.jsontypes import Json
from worker.system.files import (
    make_folder,
    read_json,
    remove,
    remove_leftovers,
    sync_folder,
    write_atomically,
)

FOLDERS = {"job": "jobs", "ds": "imports", "bb": "imports", "pred": "predictions"}
DIGITS = "[0-9a-f]{32}"  # of an id

log = logging.getLogger(__name__)


class Archive:
    """A folder for each record, which its job's metrics and checkpoints lie in too."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def keep_request(self, record_id: str, request: Json) -> None:
        """Keep what was asked for. When this returns, it survives a power cut.

        Raises:
            StoreFull: the disk is full.
            ValueError: it is no id.
        """
        folder = self._folder(record_id)
        make_folder(folder)
        write_atomically(folder / "request.json", json.dumps(request).encode())

    def withdraw(self, record_id: str) -> None:
        """Remove a request that was not accepted, and a checkpoint that was lent to it."""
        remove(self._folder(record_id) / "checkpoints")
        with suppress(OSError):
            for path in self._folder(record_id).glob("request.json*"):
                path.unlink()
            self._folder(record_id).rmdir()

    def forget(self, record_id: str) -> None:
        """Remove all that is kept of a record."""
        remove(self._folder(record_id))

    def knows(self, record_id: str) -> bool:
        """Returns whether the request is here. Of what is no id, none is."""
        with suppress(ValueError):
            return (self._folder(record_id) / "request.json").exists()
        return False

    @contextmanager
    def remembering(self, record_id: str) -> Iterator[None]:
        """Within this block, a record that Redis lacks and the archive has is no missing one: it
        will soon be brought back.

        Raises:
            QueueUnavailable: instead of the error that says it is missing.
        """
        try:
            yield
        except RecordNotFound as error:
            if not self.knows(record_id):
                raise
            raise QueueUnavailable(
                f"Redis has forgotten {record_id}, and is being told of it again; ask shortly."
            ) from error

    def file(self, record_id: str, fields: Json, events: list[Json] | None) -> None:
        """Keep a record as it stands, and the events of one that is over. Of one that was forgotten
        meanwhile, nothing is kept.

        Raises:
            StoreFull: the disk is full.
        """
        folder = self._folder(record_id)
        with suppress(FileNotFoundError):  # it was forgotten, perhaps just now
            if events is not None:
                lines = "".join(json.dumps(event) + "\n" for event in events)
                write_atomically(folder / "events.jsonl", lines.encode())
            # Last, because it says that all is there.
            write_atomically(folder / "record.json", json.dumps(fields).encode())

    def keep_trashed(self, record_id: str, until_ms: str) -> None:
        """Keep until when a dataset is in the trash; "" of one that is not. When this returns, it
        survives a power cut. Of one that was forgotten meanwhile, nothing is kept.

        Raises:
            StoreFull: the disk is full.
        """
        path = self._folder(record_id) / "trashed.json"
        with suppress(FileNotFoundError):
            if until_ms:
                write_atomically(path, json.dumps({"until": int(until_ms)}).encode())
            elif path.exists():  # nearly no record was ever in the trash
                path.unlink(missing_ok=True)
                sync_folder(path.parent)

    def trashed_until(self, record_id: str) -> str:
        """Returns until when a dataset is in the trash, in milliseconds since 1970; "" of one that
        is not."""
        return str((sound(self._folder(record_id) / "trashed.json") or {}).get("until", ""))

    def state(self, record_id: str) -> str | None:
        """Returns the state that was filed last, if one was."""
        return (sound(self._folder(record_id) / "record.json") or {}).get("state")

    def events(self, record_id: str) -> list[Json] | None:
        """Returns the events of a record that is over, if they are here."""
        try:
            text = (self._folder(record_id) / "events.jsonl").read_text()
        except FileNotFoundError:
            return None
        return [json.loads(line) for line in text.splitlines()]

    def all(self, kind: str) -> Iterator[tuple[str, Json, Json]]:
        """Yields the id of each record of a kind, what was asked for, and the fields that were
        filed, which may be none; the oldest record first."""
        for folder in self._folders(kind):
            request, fields = sound(folder / "request.json"), sound(folder / "record.json")
            if request and "body" in request:
                yield folder.name, request, fields or {}

    def unanswered(self, kind: str, age_s: float) -> list[str]:
        """Returns the ids of requests older than that of which nothing else is here, and of folders
        that never came to hold one."""
        found, now = [], time.time()
        for folder in self._folders(kind):
            with suppress(FileNotFoundError):
                # A checkpoint is lent to a job before its request is accepted.
                names = {path.name for path in folder.iterdir()} - {"checkpoints"}
                half = all(name.startswith("request.json") for name in names)
                if half and now - folder.stat().st_mtime > age_s:
                    found.append(folder.name)
        return found

    def drop_leftovers(self, age_s: float) -> None:
        """Remove what a process was filing when it died, once it is this old."""
        for folder in {*FOLDERS.values()}:
            for pattern in ("*/*.part", ".*.part"):
                remove_leftovers((self._root / folder).glob(pattern), age_s)

    def last_attempt(self, job_id: str) -> int:
        """Returns the number of the last attempt that has begun, 0 before the first."""
        logs = self._folder(job_id).glob("metrics.*.jsonl")
        return max((int(path.name.split(".")[1]) for path in logs), default=0)

    def _folders(self, kind: str) -> list[Path]:
        """Returns the folders of a kind's records, the oldest first, and nothing else."""
        found = (self._root / FOLDERS[kind]).glob(f"{kind}_*")
        return sorted(path for path in found if re.fullmatch(f"{kind}_{DIGITS}", path.name))

    def _folder(self, record_id: str) -> Path:
        # An id may come from a URL: nothing but an id may meet the file system.
        kind, _, digits = record_id.partition("_")
        if kind not in FOLDERS or not re.fullmatch(DIGITS, digits):
            raise ValueError(f"Expected an id, got {record_id!r:.60}.")
        return self._root / FOLDERS[kind] / record_id


def sound(path: Path) -> Json | None:
    """Returns what a file of JSON says. One that was damaged is as one that is not there, so that
    the others are read."""
    try:
        return read_json(path)
    except ValueError as error:
        log.warning("%s is damaged and left aside: %s", path, error)
        return None

"""What takes the room of a store: bytes and files of each kind, and the largest of all."""

import heapq
import os
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

# Each kind of files, and which of a data folder's they are.
MEANINGS = {
    "datasets": "Arrays of datasets, and what is known of them.",
    "originals": "Uploaded files of pictures that are kept with their datasets.",
    "features": "What backbones have made of datasets.",
    "backbones": "Networks that make features.",
    "models": "Versions of models that are in use.",
    "trash": "Versions of models in the trash.",
    "jobs": "Requests, records and answers of jobs.",
    "metrics": "Epochs of jobs.",
    "checkpoints": "Checkpoints of jobs, those that are kept among them.",
    "events": "Events of what has ended.",
    "imports": "Requests and records of imports.",
    "predictions": "Requests, records and results of scorings.",
    "sweeps": "Requests and books of sweeps.",
    "schedules": "Requests and books of schedules.",
    "lineages": "Which versions of datasets there are.",
    "answered": "What models answered, and what was true.",
    "keys": "Keys of those who call, as digests.",
    "audit": "Who changed what.",
    "uploads": "Uploads that wait to be imported or answered.",
    "redis": "Files of the embedded Valkey.",
    "logs": "Logs of the processes.",
    "others": "Whatever else lies in the data folder.",
}
NAMED = ("datasets", "features", "backbones", "models", "jobs", "predictions", "uploads")
NO_THINGS = ("redis", "logs", "others")
LARGEST = 10  # that are named


class Kind(NamedTuple):
    """The files of one kind.

    Attributes:
        things: how many folders of their own they have: datasets, models, jobs and so on.
    """

    kind: str
    bytes: int
    files: int
    things: int


class Thing(NamedTuple):
    """What takes much room: a dataset, a model, a job."""

    bytes: int
    kind: str
    id: str


class Found(NamedTuple):
    """What one look at all files has found.

    Attributes:
        kinds: one for each of MEANINGS.
        largest: the largest things, all their files together.
    """

    counted_at: datetime
    bytes: int
    kinds: tuple[Kind, ...]
    largest: tuple[Thing, ...]


NOTHING = Found(
    datetime.fromtimestamp(0, UTC), 0, tuple(Kind(kind, 0, 0, 0) for kind in MEANINGS), ()
)


class Usage:
    """Looks at every file of a data folder, which takes a second for some ten thousand.

    Attributes:
        last: what was found last; NOTHING before that.
    """

    def __init__(self, root: Path) -> None:
        self._root, self._lock = root, threading.Lock()
        self._at: float | None = None  # when the last look was begun, by the monotonic clock
        self.last = NOTHING

    def at_most(self, age_s: float) -> Found:
        """Returns what was found no longer ago than so many seconds; looks again if need be. Of
        threads that ask at once, one looks for all."""
        asked = time.monotonic()
        with self._lock:
            if self._at is None or self._at < asked - age_s:
                began = time.monotonic()
                self.last, self._at = found(self._root), began
            return self.last


def found(root: Path) -> Found:
    """Returns what takes the room of a data folder now. A file with several names counts once;
    what goes away meanwhile counts or not."""
    sizes: Counter[str] = Counter()
    files: Counter[str] = Counter()
    by_thing: Counter[tuple[str, str]] = Counter()
    things: dict[str, set[str]] = {kind: set() for kind in MEANINGS}
    seen: set[tuple[int, int]] = set()
    for parts, about in sorted_files(root):
        kind = kind_of(parts)
        if len(parts) > 2 and kind not in NO_THINGS:
            things[kind].add(parts[1])
        if (about.st_dev, about.st_ino) in seen:
            continue
        if about.st_nlink > 1:
            seen.add((about.st_dev, about.st_ino))
        sizes[kind] += about.st_size
        files[kind] += 1
        if parts[0] in NAMED and len(parts) > 2:
            by_thing[parts[0], parts[1]] += about.st_size
    kinds = tuple(Kind(kind, sizes[kind], files[kind], len(things[kind])) for kind in MEANINGS)
    named = (Thing(size, *thing) for thing, size in by_thing.items())
    largest = tuple(heapq.nlargest(LARGEST, named))
    return Found(datetime.now(UTC), sizes.total(), kinds, largest)


def sorted_files(root: Path) -> Iterator[tuple[tuple[str, ...], os.stat_result]]:
    """Yields every file with the parts of its path; those below folders of one name together, so
    that a file of two names is found under the same one each time."""
    left: list[tuple[str, ...]] = [()]
    while left:
        parts = left.pop()
        with suppress(OSError), os.scandir(root.joinpath(*parts)) as entries:
            for entry in sorted(entries, key=lambda entry: entry.name, reverse=True):
                with suppress(FileNotFoundError):
                    if entry.is_dir(follow_symlinks=False):
                        left.append((*parts, entry.name))
                    elif entry.is_file(follow_symlinks=False):
                        yield (*parts, entry.name), entry.stat(follow_symlinks=False)


def kind_of(parts: tuple[str, ...]) -> str:
    """Returns the kind of a file, by where it lies."""
    top, below = parts[0], parts[2:]
    if "originals" in (top, *below[:1]):
        return "originals"
    if top == "models" and below[:1] == ("trash",):
        return "trash"
    if parts[-1] == "events.jsonl":
        return "events"
    if top == "jobs" and below:
        if below[0] in ("checkpoints", "kept"):
            return "checkpoints"
        if below[0].startswith("metrics."):
            return "metrics"
    return top if top in MEANINGS and len(parts) > 1 else "others"

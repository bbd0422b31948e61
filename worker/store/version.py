"""The version of a store: which releases can work with it, and how an older one becomes a newer.

store.json    the version, and the release that wrote it
store.lock    held, with others, by each process that works with the store
"""

import fcntl
import json
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

from worker.errors import StoreFull
from worker.jsontypes import Json
from worker.system.files import full_disk_named, make_folder, read_json, write_atomically

FIRST = 1  # of a store that says nothing: the releases that wrote such ones are all of it
FILE, LOCK = "store.json", "store.lock"
WAIT_S, LOOK_S = 10.0, 0.1  # for others to let go, and between two looks whether they have


class Step(NamedTuple):
    """What makes a store of one version one of the next.

    Attributes:
        name: what it does, in a few words.
        run: does it to the folder. It may be killed at any moment, and is then run again from its
            beginning, so what it finds done must be left as it is.
    """

    name: str
    run: Callable[[Path], None]


# The first makes version 2 of version 1, and so on. None is ever taken out.
STEPS: tuple[Step, ...] = ()


class UnfitStore(Exception):
    """This release cannot work with the store; the message says why, and what to do."""


class StoreVersion:
    """The version of the store in one folder.

    Attributes:
        newest: the version with which this release works.
    """

    def __init__(self, root: Path, steps: Sequence[Step] = STEPS) -> None:
        self._root, self._steps = root, steps
        self.newest = FIRST + len(steps)

    def found(self) -> int:
        """Returns the version that the store has. An empty folder is of the newest.

        Raises:
            UnfitStore: what the store says of it cannot be read.
        """
        if (said := self._said()) is not None:
            return int(said["version"])
        others = {"lock", "logs", "redis", "compiling", LOCK}  # which are none of the store's
        with suppress(FileNotFoundError):
            if {path.name for path in self._root.iterdir()} - others:
                return FIRST
        return self.newest

    def check(self) -> None:
        """Refuse a store that a newer release has made its own.

        Raises:
            UnfitStore: it is of a newer version, or nobody can say of which.
        """
        self.check_number(self.found(), str((self._said() or {}).get("release", "unknown")))

    def check_number(self, found: int, release: str) -> None:
        """Refuse a store of this version, which this release has written, if it is a newer one.

        Raises:
            UnfitStore: it is.
        """
        if found > self.newest:
            raise UnfitStore(
                f"Expected a store of version {self.newest} or older at {self._root}, got version "
                f"{found}, which release {release:.40} has written. Run that release or a newer "
                f"one; or restore a backup that was made before, for release {release_here()}."
            )

    @contextmanager
    def held(self, wait_s: float = WAIT_S) -> Iterator[None]:
        """Within this block the store is of the newest version, and nobody makes another of it. An
        older one becomes it first, step by step, once nobody else works with it.

        Raises:
            UnfitStore: it is of a newer version, or of an older one and others go on working.
            StoreFull: the disk is full.
            OSError: the folder cannot be written.
        """
        make_folder(self._root)
        with full_disk_named():
            lock = os.open(self._root / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            self._take(lock, wait_s)
            yield
        finally:
            os.close(lock)

    def _take(self, lock: int, wait_s: float) -> None:
        """Hold the lock with others, once the store is of the newest version."""
        deadline = time.monotonic() + wait_s
        while True:
            # The lock first: what is read before it may not be true any more.
            fcntl.flock(lock, fcntl.LOCK_SH)
            self.check()
            if self.found() == self.newest:
                if self._said() is None:
                    with suppress(StoreFull):  # whoever comes when there is room does it
                        self._stamp(self.newest)
                return
            if self._alone(lock):
                self._raise()
            elif time.monotonic() > deadline:
                raise UnfitStore(
                    f"Expected to be alone with the store at {self._root}, which is of version "
                    f"{self.found()} and is to become version {self.newest}; other processes work "
                    "with it. Stop all processes of the older release, then start this one again."
                )
            else:
                time.sleep(LOOK_S)

    def _alone(self, lock: int) -> bool:
        """Whether this process has the lock alone now; if not, it has let go of it."""
        fcntl.flock(lock, fcntl.LOCK_UN)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _raise(self) -> None:
        """Take the store from its version to the newest; the caller is alone with it."""
        for before in range(self.found(), self.newest):
            self._steps[before - FIRST].run(self._root)
            self._stamp(before + 1)

    def _stamp(self, version: int) -> None:
        said = {"version": version, "release": release_here()}
        write_atomically(self._root / FILE, json.dumps(said).encode())

    def _said(self) -> Json | None:
        """What the store says; None where it says nothing."""
        path = self._root / FILE
        try:
            said = read_json(path)
            sound = said is None or (type(said["version"]) is int and said["version"] >= FIRST)
        except (ValueError, TypeError, KeyError):
            sound = False
        if not sound:
            raise UnfitStore(
                f'Expected {{"version": a whole number from {FIRST} on}} in {path}, got something '
                "else. Put back what a backup has there; or, if this release was the last to work "
                "with the store, delete the file."
            )
        return said


def release_here() -> str:
    """Returns which release this is."""
    return version("purrceptron-server")

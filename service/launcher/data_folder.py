"""The data folder, held by one launcher at a time."""

import fcntl
import logging
import os
import time
from pathlib import Path
from typing import Self

from service.launcher.process import CannotStart

log = logging.getLogger(__name__)

# A killed launcher's Valkey still holds the folder while it closes its files.
AFTERMATH_S = 2.0


class DataFolder:
    """A folder under lock; `lock` in it names the process and the address that hold it.

    `descriptor` is the open lock. A child that inherits it holds the folder too, for as long as
    it lives.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.descriptor = -1

    def __enter__(self) -> Self:
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._close_to_others()
            (self.path / "logs").mkdir(exist_ok=True)
            self.descriptor = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise CannotStart(
                f"A folder to write to is needed at {self.path}, and the system says "
                f"{error.strerror}: name another one with --data-dir or PURR_DATA_DIR."
            ) from error
        try:
            self._lock()
            self.note("")
        except BaseException:
            os.close(self.descriptor)
            raise
        return self

    def __exit__(self, *exception: object) -> None:
        os.truncate(self.descriptor, 0)
        os.close(self.descriptor)

    def note(self, address: str) -> None:
        """Write down who holds the folder, and where it answers."""
        os.truncate(self.descriptor, 0)
        os.pwrite(self.descriptor, f"{os.getpid()} {address}".encode(), 0)

    def _close_to_others(self) -> None:
        """A folder that was there already may be open to everybody."""
        try:
            self.path.chmod(0o700)
        except PermissionError:
            log.warning("%s belongs to another user, who decides who may enter it", self.path)

    def _lock(self) -> None:
        deadline = time.monotonic() + AFTERMATH_S
        while True:
            try:
                return fcntl.flock(self.descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise self._taken() from None
            time.sleep(0.05)

    def _taken(self) -> CannotStart:
        pid, _, address = os.pread(self.descriptor, 1024, 0).decode().partition(" ")
        where = f" and answers at {address}" if address else ""
        return CannotStart(
            f"Purrceptron already runs on the folder {self.path}: it is process {pid}{where}. "
            f"Use that one, end it with `kill {pid}`, or name another folder with --data-dir "
            "or PURR_DATA_DIR."
        )

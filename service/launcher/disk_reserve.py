"""Disk space that is kept for Valkey's log: Valkey ends when it cannot write its log."""

import logging
import os
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError

from worker.system.files import free_bytes

log = logging.getLogger(__name__)

SET_ASIDE = "set-aside"  # the name of the file that is given up when the disk is full
PLENTY = 4  # times what is set aside, that must be free before it is
REWRITE, NO_REWRITE = 100, 0  # percent by which the log may grow before Valkey writes it anew


class DiskReserve:
    """A file that takes up space, and is deleted when the disk is nearly full.

    Attributes:
        rewrites: whether Valkey may rewrite its log, for which it needs the same space again.
    """

    def __init__(self, folder: Path, url: str, set_aside_bytes: int) -> None:
        self._file, self._bytes = folder / SET_ASIDE, set_aside_bytes
        self._folder, self._url = folder, url
        self.rewrites = True

    def look(self) -> None:
        """Make or delete the file, and allow or forbid rewrites, by how much space is free."""
        free = free_bytes(self._folder)
        self._keep_aside(free)
        needed = sum(file.stat().st_size for file in (self._folder / "appendonlydir").glob("*"))
        if self.rewrites is not (may := free > needed + self._bytes):
            self._let_rewrite(may)

    def _keep_aside(self, free: int) -> None:
        if not self._bytes:
            return
        if self._file.exists():
            if free < self._bytes / 2:
                self._file.unlink()
                log.warning("the disk is nearly full: %d bytes that were set aside are free now",
                            self._bytes)  # fmt: skip
        elif free > PLENTY * self._bytes and hasattr(os, "posix_fallocate"):
            with self._file.open("wb") as file:
                os.posix_fallocate(file.fileno(), 0, self._bytes)

    def _let_rewrite(self, may: bool) -> None:
        percentage = REWRITE if may else NO_REWRITE
        try:
            with Redis.from_url(self._url, socket_timeout=1) as client:
                client.config_set("auto-aof-rewrite-percentage", percentage)
        except RedisError as error:  # it may be starting again; the next look will do
            log.warning("Valkey was not told whether it may rewrite its log: %s", error)
        else:
            self.rewrites = may

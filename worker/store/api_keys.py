"""Keys to the API: what Redis is told of them when it has forgotten.

keys/ {id}.json .lock
"""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from worker.store.api_key import ID, ApiKey
from worker.system.files import make_folder, read_json, remove_leftovers, write_atomically
from worker.system.locks import locked


class KeyStore:
    """A file for each key."""

    def __init__(self, root: Path) -> None:
        self._root = root

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Within this block nobody else changes a key.

        Raises:
            StoreFull: the disk is full.
        """
        make_folder(self._root)
        with locked(self._root / ".lock"):
            yield

    def keep(self, key: ApiKey) -> None:
        """Keep a key as it is now. When this returns, it survives a power cut.

        Raises:
            StoreFull: the disk is full; then it is kept as it was before.
        """
        write_atomically(self._path(key.id), json.dumps(key.kept()).encode())

    def get(self, key_id: str) -> ApiKey | None:
        """Returns a key; None where there is none."""
        if not re.fullmatch(ID, key_id):  # it may come from a URL
            return None
        kept = read_json(self._path(key_id))
        return None if kept is None else ApiKey.read(kept)

    def all(self) -> list[ApiKey]:
        """Returns all keys, the newest first."""
        names: list[str] = []
        with suppress(FileNotFoundError):
            names = sorted((path.stem for path in self._root.glob("key_*.json")), reverse=True)
        return [key for name in names if (key := self.get(name)) is not None]

    def forget(self, key_id: str) -> None:
        self._path(key_id).unlink(missing_ok=True)

    def drop_leftovers(self, age_s: float) -> None:
        """Remove what a process was writing when it died, once it is this old."""
        remove_leftovers(self._root.glob("*.part"), age_s)

    def _path(self, key_id: str) -> Path:
        return self._root / f"{key_id}.json"

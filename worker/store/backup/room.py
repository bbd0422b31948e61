"""Room on the disk to which a backup is written, or to which it is restored."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from worker.store.backup.manifest import UnfitBackup
from worker.system.files import FULL


@contextmanager
def room_expected(at: Path, otherwise: str) -> Iterator[None]:
    """Turn a full disk into UnfitBackup. Every other fault of the disk stays what it is.

    Args:
        otherwise: what to do if no room can be made, and what is left now.
    """
    try:
        yield
    except OSError as error:
        if error.errno not in FULL:
            raise
        raise UnfitBackup(
            f"Expected room for all of the backup at {at}, and the disk is full. Make room, or "
            f"{otherwise}"
        ) from error

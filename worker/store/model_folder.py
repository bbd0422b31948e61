"""Where all that is kept of a model lies, and who may change it alone."""

import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from worker.errors import ModelNotFound
from worker.spec import MODEL_NAME
from worker.system.files import full_disk_named

LOCK = ".aliases.lock"  # in the folder of a model
TRASH = "trash"  # in the folder of a model: versions that were deleted


def model_folder(root: Path, name: str) -> Path:
    """Returns the folder of a model, which may not be there.

    Raises:
        ModelNotFound: no model can have this name.
    """
    # A name comes from a URL: nothing but what a spec allows may meet the file system.
    if not re.fullmatch(MODEL_NAME, name):
        raise ModelNotFound(f"No model has the name {name!r:.80}.")
    return root / name


@contextmanager
def alone(root: Path, name: str, *, shared: bool = False) -> Iterator[None]:
    """Within this block nobody else moves an alias of a model, or deletes a version of it.

    Args:
        shared: others may be in such a block that is shared too; none of them changes anything.

    Raises:
        ModelNotFound: there is no model of this name.
        StoreFull: the disk is full.
    """
    path = model_folder(root, name) / LOCK
    try:
        with full_disk_named():
            lock = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except FileNotFoundError as error:
        raise ModelNotFound(f"No model has the name {name}.") from error
    try:
        fcntl.flock(lock, fcntl.LOCK_SH if shared else fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)

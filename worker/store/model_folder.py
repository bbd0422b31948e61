"""Where all that is kept of a model lies, and who may change it alone."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from worker.errors import ModelNotFound
from worker.spec import MODEL_NAME
from worker.system.locks import locked

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
    folder = model_folder(root, name)
    if not folder.exists():
        raise ModelNotFound(f"No model has the name {name}.")
    with locked(folder / LOCK, shared=shared):
        yield

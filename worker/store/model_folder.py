"""Where all that is kept of a model lies."""

import re
from pathlib import Path

from worker.errors import ModelNotFound
from worker.spec import MODEL_NAME


def model_folder(root: Path, name: str) -> Path:
    """Returns the folder of a model, which may not be there.

    Raises:
        ModelNotFound: no model can have this name.
    """
    # A name comes from a URL: nothing but what a spec allows may meet the file system.
    if not re.fullmatch(MODEL_NAME, name):
        raise ModelNotFound(f"No model has the name {name!r:.80}.")
    return root / name

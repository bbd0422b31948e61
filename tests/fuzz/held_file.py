"""A file for parsers that read files alone."""

import atexit
import os
import tempfile
from functools import cache
from pathlib import Path


def held(data: bytes) -> Path:
    """Returns where these bytes are, until it is called again."""
    path = _place()
    path.write_bytes(data)
    return path


@cache
def _place() -> Path:
    descriptor, name = tempfile.mkstemp()
    os.close(descriptor)
    atexit.register(Path(name).unlink, missing_ok=True)
    return Path(name)

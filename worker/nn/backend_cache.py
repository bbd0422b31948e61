"""Where compiled kernels are kept from one process to the next.

In `NUMBA_CACHE_DIR`, else in the user's cache; there, in a folder named after the kernels' source.
Numba looks at the file of a function alone, not at those of the functions that it calls: without a
folder for each version, an upgrade would go on with some of the old code.
"""

import hashlib
import os
from pathlib import Path

from platformdirs import user_cache_path

HERE = Path(__file__).parent
SOURCES = ("backend_*.py", "activations.py")  # the second for its numbers
PRECISIONS = ("float32", "float64")


def folder(place: str | None = None) -> Path:
    """Where the kernels of this version are kept, in that place or the usual one."""
    place = place or os.environ.get("NUMBA_CACHE_DIR")
    sources = sorted(path for name in SOURCES for path in HERE.glob(name))
    # Numba tells kernels apart by where their source lies too.
    parts = [str(HERE).encode(), *(path.read_bytes() for path in sources)]
    version = hashlib.sha256(b"".join(parts)).hexdigest()
    return Path(place or user_cache_path("purrceptron") / "kernels") / version[:12]


def kernels_place(data_dir: Path) -> dict[str, str]:
    """The variables by which processes that work on a data folder find compiled kernels: there,
    unless somebody has said otherwise."""
    places = {
        "NUMBA_CACHE_DIR": data_dir / "kernels",
        "CUPY_CACHE_DIR": data_dir / "kernels" / "cuda",
    }
    return {name: os.environ.get(name) or str(place) for name, place in places.items()}


def mark(precision: str, place: str | None = None) -> Path:
    """A file that is there once the kernels for a precision are."""
    return folder(place) / precision


def missing(place: str | None = None) -> list[str]:
    """The precisions whose kernels are still to be compiled."""
    return [precision for precision in PRECISIONS if not mark(precision, place).exists()]

"""Which files are pictures, by their names."""

from collections.abc import Iterable
from pathlib import Path


def find_pictures(paths: Iterable[Path]) -> list[Path]:
    """The files as they are given, and in the place of a folder the pictures in it, sorted."""
    return [picture for path in paths for picture in (_within(path) if path.is_dir() else [path])]


def _within(folder: Path) -> list[Path]:
    # Here, because Pillow comes with it: no other command need wait for that.
    from worker.data.pictures.formats import SUFFIXES

    return sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES)

"""Which files are pictures, by their names."""

from collections.abc import Iterable
from pathlib import Path, PurePath
from types import ModuleType


def find_pictures(paths: Iterable[Path]) -> list[Path]:
    """The files as they are given, and in the place of a folder the pictures in it, sorted."""
    return [picture for path in paths for picture in (_within(path) if path.is_dir() else [path])]


def is_picture(path: PurePath) -> bool:
    """Whether a file is a picture in a format that the service reads."""
    return path.suffix.lower() in _formats().SUFFIXES


def titles() -> str:
    """Returns the names of the formats that the service reads, as words."""
    return str(_formats().TITLES)


def _within(folder: Path) -> list[Path]:
    return sorted(filter(is_picture, folder.iterdir()))


def _formats() -> ModuleType:
    # Imported here because it loads Pillow, for which the other commands need not wait.
    from worker.data.pictures import formats

    return formats

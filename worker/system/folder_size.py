"""How many bytes the files of a folder take."""

import os
from contextlib import suppress
from pathlib import Path


def bytes_below(*folders: Path) -> int:
    """Returns the bytes of all files in these folders and below them. A file with several names
    counts once; what goes away meanwhile counts or not."""
    sizes: dict[tuple[int, int], int] = {}
    left: list[str | Path] = [*folders]
    while left:
        with suppress(OSError), os.scandir(left.pop()) as entries:
            for entry in entries:
                with suppress(FileNotFoundError):
                    if entry.is_dir(follow_symlinks=False):
                        left.append(entry.path)
                    else:
                        found = entry.stat(follow_symlinks=False)
                        sizes[found.st_dev, found.st_ino] = found.st_size
    return sum(sizes.values())

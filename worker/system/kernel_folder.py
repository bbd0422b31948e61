"""The folder of compiled kernels: one for each user, shared by all services that the user runs.

Numba keeps kernels as pickles and loads them unchecked. So a process that can write to the folder
can make every process that loads them run its code.
"""

import os
from pathlib import Path

from platformdirs import user_cache_path

WRITABLE_FOR_OTHERS = 0o022


def kernel_folder() -> Path:
    """Returns the folder that the environment names, or else one in the user's cache."""
    named = os.environ.get("PURR_KERNEL_DIR") or os.environ.get("NUMBA_CACHE_DIR")
    return Path(named or user_cache_path("purrceptron") / "kernels")


def claim(folder: Path) -> Path:
    """Make the folder if it is missing, close it to all other users, and return it.

    Raises:
        PermissionError: it belongs to another user, or other users could write to it until now.
        OSError: it cannot be made.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise OSError(
            f"A folder for compiled kernels is needed at {folder}, and the system says "
            f"{error.strerror}: name another one with PURR_KERNEL_DIR."
        ) from error
    found = folder.stat()
    if found.st_uid != os.geteuid():
        raise PermissionError(
            f"The folder of compiled kernels was to belong to the user {os.geteuid()}, since they "
            f"are loaded as they are, and {folder} belongs to the user {found.st_uid}: name "
            "another one with PURR_KERNEL_DIR."
        )
    if found.st_mode & WRITABLE_FOR_OTHERS:
        raise PermissionError(
            f"The folder of compiled kernels was to be writable for its owner alone, since they "
            f"are loaded as they are, and others can write to {folder}: delete it, or name another "
            "one with PURR_KERNEL_DIR."
        )
    folder.chmod(0o700)
    return folder


def keep_apart(folder: Path, writable: list[Path]) -> None:
    """Check that processes which read the files of strangers cannot write to the folder.

    Args:
        writable: folders in which such processes may write.

    Raises:
        PermissionError: the folder lies in one of them.
    """
    for other in writable:
        if folder.resolve().is_relative_to(other.resolve()):
            raise PermissionError(
                f"The folder of compiled kernels was to lie where no job or import can write, and "
                f"{folder} lies in {other}: name another one with PURR_KERNEL_DIR."
            )

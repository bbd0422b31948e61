"""The folder of compiled kernels, which belongs to one user and is shared by all that he runs.

Kernels are loaded as they are, and Numba keeps them as pickles: whoever can write to the folder has
code run by whoever loads them.
"""

import os
from pathlib import Path

from platformdirs import user_cache_path

WRITABLE_FOR_OTHERS = 0o022


def kernel_folder() -> Path:
    """Where the environment says, else in the user's cache."""
    named = os.environ.get("PURR_KERNEL_DIR") or os.environ.get("NUMBA_CACHE_DIR")
    return Path(named or user_cache_path("purrceptron") / "kernels")


def claim(folder: Path) -> Path:
    """The folder, which is there and which no other user can enter from now on.

    Raises:
        PermissionError: it belongs to another user, or others could write to it until now.
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
    """Raise PermissionError if the folder lies where processes may write that read what strangers
    sent."""
    for other in writable:
        if folder.resolve().is_relative_to(other.resolve()):
            raise PermissionError(
                f"The folder of compiled kernels was to lie where no job or import can write, and "
                f"{folder} lies in {other}: name another one with PURR_KERNEL_DIR."
            )

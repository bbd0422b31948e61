"""Restricts which files a process may open, by Linux's Landlock. It cannot be undone.

Source: https://docs.kernel.org/userspace-api/landlock.html. Elsewhere, and where the kernel was
built or started without it, nothing is restricted and `restrict` says so.
"""

import ctypes
import os
import struct
import sys
from collections.abc import Iterable
from enum import IntFlag
from functools import lru_cache
from pathlib import Path

# The numbers of these calls are the same on all architectures.
CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
ASK_VERSION, PATH_BENEATH = 1, 1
PR_SET_NO_NEW_PRIVS = 38
TCP = 0b11  # bind and connect, since version 4
SCOPES = 0b11  # abstract sockets and signals to outside, since version 6


class Access(IntFlag):
    """What can be done with a file or a folder."""

    EXECUTE = 1 << 0
    WRITE_FILE = 1 << 1
    READ_FILE = 1 << 2
    READ_DIR = 1 << 3
    REMOVE_DIR = 1 << 4
    REMOVE_FILE = 1 << 5
    MAKE_CHAR = 1 << 6
    MAKE_DIR = 1 << 7
    MAKE_REG = 1 << 8
    MAKE_SOCK = 1 << 9
    MAKE_FIFO = 1 << 10
    MAKE_BLOCK = 1 << 11
    MAKE_SYM = 1 << 12
    REFER = 1 << 13  # since version 2
    TRUNCATE = 1 << 14  # since version 3
    IOCTL_DEV = 1 << 15  # since version 5


READ = Access.READ_FILE | Access.READ_DIR | Access.EXECUTE
SPECIAL = Access.MAKE_CHAR | Access.MAKE_SOCK | Access.MAKE_FIFO | Access.MAKE_BLOCK
# No symbolic links: another process could be made to follow them.
WRITE = ~(SPECIAL | Access.MAKE_SYM | Access.EXECUTE)
OF_FILES = (
    Access.EXECUTE | Access.WRITE_FILE | Access.READ_FILE | Access.TRUNCATE | Access.IOCTL_DEV
)
SINCE = {Access.REFER: 2, Access.TRUNCATE: 3, Access.IOCTL_DEV: 5}


def version() -> int:
    """Returns the version of Landlock that the kernel has; 0 where it has none."""
    if not sys.platform.startswith("linux"):
        return 0
    return max(0, _call(CREATE_RULESET, None, 0, ASK_VERSION))


def restrict(
    readable: Iterable[Path],
    writable: Iterable[Path],
    *,
    listable: Iterable[Path] = (),
    network: bool = False,
) -> bool:
    """Let this thread, and whatever it starts, read and write nothing but these paths.

    Args:
        readable: files and folders that may be read, and programs in them started.
        writable: those that may be read and changed; files and folders alone can be made in them.
        listable: folders in which names may be looked up.
        network: whether TCP connections may be made, and processes outside be sent signals.

    Returns:
        Whether the kernel enforces it.

    Raises:
        OSError: the kernel has Landlock and refuses, or a path does not exist.
    """
    known = version()
    if not known:
        return False
    handled = Access(sum(access for access in Access if SINCE.get(access, 1) <= known))
    sealed = [TCP if known >= 4 else 0, SCOPES if known >= 6 else 0]
    ruleset = struct.pack("QQQ", handled, *([0, 0] if network else sealed))
    rules = _checked(CREATE_RULESET, ruleset, 8 * (1 + (known >= 4) + (known >= 6)), 0)
    try:
        for path in readable:
            _allow(rules, path, handled & READ)
        for path in writable:
            _allow(rules, path, handled & WRITE)
        for path in listable:
            _allow(rules, path, Access.READ_DIR)
        _libc().prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        _checked(RESTRICT_SELF, rules, 0)
    finally:
        os.close(rules)
    return True


def _allow(rules: int, path: Path, access: int) -> None:
    descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        access = access if path.is_dir() else access & OF_FILES
        _checked(ADD_RULE, rules, PATH_BENEATH, struct.pack("=Qi", access, descriptor), 0)
    finally:
        os.close(descriptor)


def _checked(number: int, *words: object) -> int:
    if (result := _call(number, *words)) < 0:
        raise OSError(ctypes.get_errno(), f"landlock: {os.strerror(ctypes.get_errno())}")
    return result


def _call(number: int, *words: object) -> int:
    return int(_libc().syscall(number, *words))


@lru_cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)

"""Restricts which system calls a process may make. It cannot be undone.

The kernel runs a filter program (BPF) before each call. Ours compares the number of the call with
those that are allowed; all others fail with EPERM. Source:
https://docs.kernel.org/userspace-api/seccomp_filter.html. Numbers differ between architectures;
where they are not known here, and outside of Linux, nothing is restricted and `allow_only` returns
False.
"""

import ctypes
import errno
import os
import platform
import struct
import sys
from collections.abc import Iterable
from typing import NamedTuple

PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, FILTER_MODE = 38, 22, 2
LOAD, EQUAL, ANY_BIT, RETURN = 0x20, 0x15, 0x45, 0x06
ALLOW, REFUSE = 0x7FFF0000, 0x00050000
NUMBER_AT, ARCHITECTURE_AT, WORDS_AT = 0, 4, 16

# For each name of `uname -m` the kernel's constant, and the column in CALLS.
ARCHITECTURES = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}
# clone's flags that make namespaces, in which a process may do what it may not do outside; and the
# one that makes a thread of this process, not another process.
NAMESPACES, THREAD = 0x7E020000, 0x00010000

# The number on x86_64 and on aarch64. Where aarch64 lacks a call, the number of its newer form.
CALLS: dict[str, tuple[int, int]] = {
    "read": (0, 63), "write": (1, 64), "readv": (19, 65), "writev": (20, 66),
    "pread64": (17, 67), "pwrite64": (18, 68), "lseek": (8, 62), "close": (3, 57),
    "fstat": (5, 80), "stat": (4, 79), "lstat": (6, 79), "newfstatat": (262, 79),
    "statx": (332, 291), "statfs": (137, 43), "fstatfs": (138, 44), "poll": (7, 73),
    "ppoll": (271, 73), "select": (23, 72), "pselect6": (270, 72), "dup": (32, 23),
    "dup2": (33, 24), "dup3": (292, 24), "fcntl": (72, 25), "ftruncate": (77, 46),
    "fsync": (74, 82), "fdatasync": (75, 83), "fadvise64": (221, 223),
    "mmap": (9, 222), "mprotect": (10, 226), "munmap": (11, 215), "mremap": (25, 216),
    "madvise": (28, 233), "brk": (12, 214), "mbind": (237, 235),
    "rt_sigaction": (13, 134), "rt_sigprocmask": (14, 135), "rt_sigreturn": (15, 139),
    "sigaltstack": (131, 132), "futex": (202, 98), "set_robust_list": (273, 99),
    "rseq": (334, 293), "membarrier": (324, 283), "restart_syscall": (219, 128),
    "sched_yield": (24, 124), "sched_getaffinity": (204, 123), "nanosleep": (35, 101),
    "clock_nanosleep": (230, 115), "clock_gettime": (228, 113), "clock_getres": (229, 114),
    "gettimeofday": (96, 169), "time": (201, 169), "times": (100, 153), "getrusage": (98, 165),
    "getpid": (39, 172), "getppid": (110, 173), "gettid": (186, 178), "getuid": (102, 174),
    "geteuid": (107, 175), "getgid": (104, 176), "getegid": (108, 177), "getrlimit": (97, 163),
    "setrlimit": (160, 164), "prlimit64": (302, 261), "getrandom": (318, 278),
    "uname": (63, 160), "sysinfo": (99, 179), "exit": (60, 93), "exit_group": (231, 94),
    "sendto": (44, 206), "recvfrom": (45, 207), "sendmsg": (46, 211), "recvmsg": (47, 212),
    "shutdown": (48, 210), "tgkill": (234, 131),
    "open": (2, 56), "openat": (257, 56), "access": (21, 48), "faccessat": (269, 48),
    "faccessat2": (439, 439), "getcwd": (79, 17), "getdents64": (217, 61), "readlink": (89, 78),
    "readlinkat": (267, 78), "unlink": (87, 35), "unlinkat": (263, 35), "ioctl": (16, 29),
    "fork": (57, 220), "vfork": (58, 220), "clone": (56, 220), "execve": (59, 221),
    "wait4": (61, 260), "waitid": (247, 95), "kill": (62, 129), "pipe2": (293, 59),
    "socketpair": (53, 199), "prctl": (157, 167), "arch_prctl": (158, 167), "seccomp": (317, 277),
    "set_tid_address": (218, 96), "setsid": (112, 157), "umask": (95, 166),
    "close_range": (436, 436), "epoll_create1": (291, 20),
    "landlock_create_ruleset": (444, 444), "landlock_add_rule": (445, 445),
    "landlock_restrict_self": (446, 446),
}  # fmt: skip

# Enough to compute, and to read and write descriptors that are open already.
COMPUTING = tuple(CALLS)[: tuple(CALLS).index("open")]
# Enough to open files, where Landlock allows it, and to start processes, which inherit the filter.
WORKING = tuple(CALLS)
# Enough to compute with threads.
THREADED = (*COMPUTING, "clone")
CLONE3 = 435


class Condition(NamedTuple):
    """What an argument of a call must be.

    Attributes:
        word: which argument, from 0.
        test: EQUAL, or ANY_BIT.
        value: what it is compared with: a number, or bits.
        passes: whether the call is allowed where that is so, and not where it is not.
    """

    word: int
    test: int
    value: int
    passes: bool = True


def allow_only(names: Iterable[str]) -> bool:
    """Let this thread, and whatever it starts, make no system calls but these.

    Returns:
        Whether the kernel enforces it.

    Raises:
        OSError: the kernel refuses the filter.
    """
    if not sys.platform.startswith("linux") or platform.machine() not in ARCHITECTURES:
        return False
    program = b"".join(_program(names))
    buffer = ctypes.create_string_buffer(program)
    # struct sock_fprog: the number of instructions, and where they lie.
    filter_at = struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(buffer))
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    if libc.prctl(PR_SET_SECCOMP, FILTER_MODE, filter_at, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), f"seccomp: {os.strerror(ctypes.get_errno())}")
    return True


def _program(names: Iterable[str]) -> list[bytes]:
    architecture, column = ARCHITECTURES[platform.machine()]
    names = tuple(names)  # in order: where two are one number, the last has the condition
    processes = Condition(0, ANY_BIT, NAMESPACES, passes=False)
    threads = Condition(0, ANY_BIT, THREAD)
    conditions = {
        "tgkill": Condition(0, EQUAL, os.getpid()),  # abort() sends one to itself
        "prlimit64": Condition(0, EQUAL, 0),  # of itself alone
        "clone": processes if "fork" in names else threads,
    }
    program = [
        _instruction(LOAD, ARCHITECTURE_AT),
        _instruction(EQUAL, architecture, 1, 0),
        _instruction(RETURN, REFUSE | errno.EPERM),
        _instruction(LOAD, NUMBER_AT),
        # The C library falls back on clone, whose flags can be seen.
        _instruction(EQUAL, CLONE3, 0, 1),
        _instruction(RETURN, REFUSE | errno.ENOSYS),
    ]
    numbers = {CALLS[name][column]: conditions.get(name) for name in names}
    for number, condition in numbers.items():
        program += _rule(number, condition)
    return [*program, _instruction(RETURN, REFUSE | errno.EPERM)]


def _rule(number: int, condition: Condition | None) -> list[bytes]:
    if condition is None:
        return [_instruction(EQUAL, number, 0, 1), _instruction(RETURN, ALLOW)]
    word, test, value, passes = condition
    # The lower half of the word, which is the first in memory on both architectures.
    return [
        _instruction(EQUAL, number, 0, 4),
        _instruction(LOAD, WORDS_AT + 8 * word),
        _instruction(test, value, *((0, 1) if passes else (1, 0))),
        _instruction(RETURN, ALLOW),
        _instruction(RETURN, REFUSE | errno.EPERM),
    ]


def _instruction(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("HBBI", code, if_true, if_false, value & 0xFFFFFFFF)

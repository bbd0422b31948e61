"""Compiling the kernels: a process for each precision, since the compiler keeps to one core."""

import fcntl
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from typing import Any

from numba.core.caching import IndexDataCacheFile

from worker.nn.engines.cpu.cache import PRECISIONS, alone, folder, missing
from worker.nn.engines.cpu.engine import warm_up
from worker.system.confinement.limits import die_with

log = logging.getLogger(__name__)


def load_kernels() -> None:
    """Have the kernels of all precisions in this process: from the folder, or compiled now."""
    if missing():
        log.info("compiling kernels for this processor, once, into %s", folder())
        with alone():
            compile_side_by_side(missing())
    for precision in PRECISIONS:
        warm_up(precision)


def compile_side_by_side(precisions: list[str]) -> None:
    """Compile the kernels of these precisions in processes of their own.

    What one of them could not do is left to whoever loads the kernels, who says why.
    """
    processes = [
        get_context("fork").Process(target=_compile, args=(precision, os.getpid()))
        for precision in precisions
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join()


def _compile(precision: str, parent: int) -> None:
    die_with(parent)
    with kept_in_turns():
        warm_up(precision)


@contextmanager
def kept_in_turns() -> Iterator[None]:
    """Kernels that this process compiles are kept when no other process keeps one.

    Numba reads the index of a function's kernels, chooses a file and writes the index again: two
    processes at once could choose one file for two kernels.
    """
    save = IndexDataCacheFile.save

    def in_turn(index: Any, key: object, data: object) -> None:
        with (folder() / "index.lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            save(index, key, data)

    IndexDataCacheFile.save = in_turn
    try:
        yield
    finally:
        IndexDataCacheFile.save = save

"""Where compiled kernels are kept from one process to the next.

In the user's folder of kernels, there in one named after all that they depend on. Numba looks at
the file of a function alone, not at those of the functions that it calls: without a folder for each
version, an upgrade would go on with some of the old code. And Numba's own index, which knows
processors apart, cannot be asked before Numba is loaded.
"""

import fcntl
import hashlib
import os
import platform
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

from worker.system.kernel_folder import kernel_folder

CORE = Path(__file__).parents[2]
# The first four for their tables and numbers.
SOURCES = (
    "activations.py",
    "losses.py",
    "optimizers.py",
    "pools.py",
    "engines/*.py",
    "engines/cpu/*.py",
)
GPU_SOURCES = (
    "activations.py",
    "losses.py",
    "optimizers.py",
    "pools.py",
    "engines/*.py",
    "engines/gpu/*",
)
PRECISIONS = ("float32", "float64")
CPUINFO = Path("/proc/cpuinfo")  # Linux's
# What LLVM goes by, on x86 and on ARM.
TELLING = {
    "vendor_id", "cpu family", "model", "model name", "flags",
    "CPU implementer", "CPU architecture", "CPU variant", "CPU part", "Features",
}  # fmt: skip


def folder(root: Path | None = None) -> Path:
    """Where the kernels of this version are kept for this processor, below that folder or the
    user's."""
    # Numba tells kernels apart by where their source lies too.
    return (root or kernel_folder()) / key(SOURCES, str(CORE))


def key(patterns: Iterable[str], *more: str) -> str:
    """A word for kernels: another one as soon as anything changes on which their numbers depend.

    Args:
        patterns: of the files of their source.
    """
    found = hashlib.sha256("\n".join([*more, *compiler(), processor()]).encode())
    for path in sorted(path for name in patterns for path in CORE.glob(name) if path.is_file()):
        found.update(path.read_bytes())
    return found.hexdigest()[:12]


def compiler() -> Iterator[str]:
    """What compiles, and what it was told of the processor."""
    yield str(sys.implementation.cache_tag)
    yield from (f"{name} {version(name)}" for name in ("numba", "llvmlite"))
    yield from (os.environ.get(f"NUMBA_CPU_{name}", "") for name in ("NAME", "FEATURES"))


def processor() -> str:
    """What the system says of its first processor: which it is, and what it can do."""
    try:
        first, _, _ = CPUINFO.read_text().partition("\n\n")
    except OSError:
        return f"{platform.machine()} {platform.processor()}"
    lines = [line for line in first.splitlines() if line.partition(":")[0].strip() in TELLING]
    return "\n".join([platform.machine(), *lines])


@contextmanager
def alone() -> Iterator[None]:
    """Nobody else compiles these kernels meanwhile; who comes second finds them compiled."""
    with (folder() / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def cuda_place(data_dir: Path) -> dict[str, str]:
    """The variable by which jobs on a graphics processor find what CUDA compiled: in the data
    folder, unless somebody has said otherwise, since they write there themselves."""
    name = "CUPY_CACHE_DIR"
    return {name: os.environ.get(name) or str(data_dir / "cuda")}


def mark(precision: str, root: Path | None = None) -> Path:
    """A file that is there once the kernels for a precision are."""
    return folder(root) / precision


def missing(root: Path | None = None) -> list[str]:
    """The precisions whose kernels are still to be compiled."""
    return [precision for precision in PRECISIONS if not mark(precision, root).exists()]

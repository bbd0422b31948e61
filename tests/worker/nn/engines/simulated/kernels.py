"""The engine's CUDA kernels, compiled for the host."""

import ctypes
import re
import shutil
import subprocess
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from worker.nn.arrays import Array
from worker.nn.engines.gpu import engine

SOURCE = engine.source()
HERE = Path(__file__).parent
REALS = {"float32": "float", "float64": "double"}
# With contraction, some hosts would add to products before they are rounded, others after.
COMPILER = ["g++", "-O2", "-shared", "-fPIC", "-std=c++17", "-ffp-contract=off"]
SIGNATURE = re.compile(r'extern "C" __global__ void (\w+)\(([^)]*)\)')
WORDS = 12  # more than any kernel takes; what it does not take, it does not see

Words = ctypes.c_longlong * WORDS


class Kernels:
    """A library of them, for one type of numbers.

    Attributes:
        parameters: the types of each kernel's, such as "real*".
    """

    def __init__(self, library: ctypes.CDLL, source: str) -> None:
        self._library = library
        self.parameters = {
            name: [one.removeprefix("const ").split()[0] for one in re.split(r",\s*", parameters)]
            for name, parameters in SIGNATURE.findall(source)
        }

    def launch(self, name: str, arguments: Sequence[int], blocks: Array, threads: Array) -> None:
        """Run a kernel.

        Args:
            blocks, threads: their numbers, in the order in which they are to have their turns.
        """
        together = self._library.launch(
            ctypes.cast(self._library[name], ctypes.c_void_p),
            Words(*arguments),
            *(blocks.size, ctypes.c_void_p(blocks.ctypes.data)),
            *(threads.size, ctypes.c_void_p(threads.ctypes.data)),
        )
        if not together:
            raise RuntimeError(f"Expected all threads of {name} at the same barrier.")


@lru_cache
def compiled(dtype: str, source: str = SOURCE) -> Kernels:
    """The kernels for matrices of this type."""
    if shutil.which(COMPILER[0]) is None:
        pytest.skip("no g++ to compile the kernels with")
    with TemporaryDirectory() as folder:
        (Path(folder) / "kernels.cu").write_text(source)
        library = Path(folder) / "kernels.so"
        which = [f"-Dreal={REALS[dtype]}", f"-I{folder}", str(HERE / "main.cpp")]
        subprocess.run([*COMPILER, *which, "-o", str(library)], check=True)
        return Kernels(ctypes.CDLL(str(library)), source)

"""A graphics processor, by CuPy: arrays on it, kernels, products, and steps captured as graphs.

All that knows CuPy is here. Nothing is asked of the driver before a `Cuda` is made, which belongs
into the process that trains: CUDA does not survive a fork.
"""

import ctypes
from collections.abc import Callable
from typing import Any

import cupy
import numpy
from cuda.pathfinder import load_nvidia_dynamic_lib

from worker.nn.arrays import Array
from worker.nn.engines.gpu.engine import source

TYPES = {"float32": "float", "float64": "double"}
WORKSPACE_BYTES = (
    32 * 2**20
)  # as cuBLAS recommends for Hopper; of its own, results would not repeat
TF32 = 3  # CUBLAS_TF32_TENSOR_OP_MATH
ONE, ZERO = 1.0, 0.0
DEFAULT_STREAMS = (0, 1, 2)  # the null stream under its three names


class Cuda:
    """One device, seen from one process; everything is done in order on one stream.

    Attributes:
        dtype: of all matrices.
        name: what its maker calls it.
    """

    def __init__(self, dtype: str, *, tf32: bool = False) -> None:
        cupy.cuda.Device().use()
        self.dtype = numpy.dtype(dtype)
        properties = cupy.cuda.runtime.getDeviceProperties(cupy.cuda.Device().id)
        self.name: str = properties["name"].decode()
        self._stream = stream()
        self._copies = cupy.cuda.Stream(non_blocking=True)
        self._module = cupy.RawModule(
            code=source(), options=(f"-Dreal={TYPES[dtype]}",), backend="nvrtc"
        )
        self._module.compile()
        self._products = Products(self.dtype, self._stream, tf32)

    def empty(self, *shape: int, dtype: Any = None) -> Array:
        """Zeros on the device."""
        return cupy.zeros(shape, dtype or self.dtype)

    def upload(self, X: Array) -> Array:
        """X, contiguous, on the device."""
        found = cupy.empty(X.shape, X.dtype)
        found.set(numpy.ascontiguousarray(X), stream=self._stream)
        return found

    def put(self, X: Array, to: Array) -> None:
        """Overwrite the beginning of an array on the device."""
        beginning: Any = to[: len(X)]
        beginning.set(numpy.ascontiguousarray(X), stream=self._stream)

    def fetch(self, X: Array, to: Array) -> None:
        """Copy an array from the device, once all that was asked for is done."""
        found: Any = X
        found.get(stream=self._stream, out=to, blocking=True)

    def pinned(self, *shape: int) -> Array:
        """Bytes of the host from which the device can copy by itself."""
        size = int(numpy.prod(shape))
        memory = cupy.cuda.alloc_pinned_memory(size)
        return numpy.frombuffer(memory, "uint8", size).reshape(shape)

    def event(self) -> Any:
        """Something that can be marked, and waited for."""
        return cupy.cuda.Event(disable_timing=True)

    def transfer(self, source: Array, to: Array, free: Any, full: Any) -> None:
        """Copy a batch beside the work that goes on: after `free`, before what is asked next."""
        self._copies.wait_event(free)
        to.set(source, stream=self._copies)  # type: ignore[attr-defined]
        full.record(self._copies)
        self._stream.wait_event(full)

    def mark(self, event: Any) -> None:
        """Note that the work so far has been asked for."""
        event.record(self._stream)

    def wait(self, event: Any) -> None:
        """Until what was noted is done."""
        event.synchronize()

    def address(self, X: Array) -> int:
        return int(X.data.ptr)  # type: ignore[attr-defined]

    def free_bytes(self) -> int:
        """That nobody uses."""
        return int(cupy.cuda.runtime.memGetInfo()[0])

    def kernel(self, name: str) -> Callable[[int, int, tuple[int, ...]], None]:
        """A kernel: to be called with blocks, threads in each, and 64 bits for every argument."""
        function = self._module.get_function(name)
        return lambda blocks, threads, arguments: function((blocks,), (threads,), arguments)

    def multiply(self, A: Array, B: Array, out: Array, *, add: bool = False) -> None:
        """out ← A @ B, or out + A @ B; A and B may be transposes, and rows of a larger matrix."""
        self._products.multiply(A, B, out, add)

    def capture(self, do: Callable[[], None]) -> Callable[[], None]:
        """What `do` asks of the device, as one thing to ask for again and again."""
        self._stream.begin_capture()
        try:
            do()
        finally:
            graph = self._stream.end_capture()
        return lambda: graph.launch(self._stream)


def stream() -> Any:
    """This thread's stream: kernels and whatever CuPy does go to the current one, so that products
    and copies must go there too, of however many `Cuda`s there are."""
    current = cupy.cuda.get_current_stream()
    if current.ptr in DEFAULT_STREAMS:  # they cannot be captured
        current = cupy.cuda.Stream(non_blocking=True)
        current.use()
    return current


class Products:
    """Matrix products by cuBLAS. Not by CuPy's: that refuses them while a stream is captured."""

    def __init__(self, dtype: Any, stream: Any, tf32: bool) -> None:
        self._library = ctypes.CDLL(load_nvidia_dynamic_lib("cublas").abs_path)
        self._handle = ctypes.c_void_p()
        self._call("cublasCreate_v2", ctypes.byref(self._handle))
        self._workspace = cupy.cuda.alloc(WORKSPACE_BYTES)
        self._call("cublasSetStream_v2", self._handle, ctypes.c_void_p(stream.ptr))
        workspace = ctypes.c_void_p(self._workspace.ptr)
        # After the stream, because that takes the workspace away.
        self._call(
            "cublasSetWorkspace_v2", self._handle, workspace, ctypes.c_size_t(WORKSPACE_BYTES)
        )
        if tf32:
            self._call("cublasSetMathMode", self._handle, TF32)
        single = numpy.dtype(dtype) == numpy.float32
        self._name = "cublasSgemm_v2" if single else "cublasDgemm_v2"
        number = ctypes.c_float if single else ctypes.c_double
        self._one, self._zero = number(ONE), number(ZERO)

    def multiply(self, A: Array, B: Array, out: Array, add: bool) -> None:
        # cuBLAS counts columns first: to it, rows of ours are columns, and Cᵀ = Bᵀ Aᵀ.
        (m, n), k = out.shape, A.shape[1]
        left, left_transposed, left_step = operand(B)
        right, right_transposed, right_step = operand(A)
        kept = self._one if add else self._zero
        self._call(
            self._name, self._handle, left_transposed, right_transposed, n, m, k,
            ctypes.byref(self._one), left, left_step, right, right_step,
            ctypes.byref(kept), ctypes.c_void_p(out.data.ptr), n,  # type: ignore[attr-defined]
        )  # fmt: skip

    def _call(self, name: str, *arguments: Any) -> None:
        if status := self._library[name](*arguments):
            raise RuntimeError(f"Expected {name} to succeed; cuBLAS answered {status}.")


def operand(X: Array) -> tuple[ctypes.c_void_p, int, int]:
    """Where a matrix lies, 1 if it is a transpose, and how far its rows are apart."""
    across = X.strides[0] == X.itemsize and X.strides[1] != X.itemsize
    step = X.shape[0] if across else X.shape[1]
    return ctypes.c_void_p(X.data.ptr), int(across), step  # type: ignore[attr-defined]

"""The engine that trains on a graphics processor: it writes down what a step does, has it captured
as a graph, and asks for that again and again.

The arrays that it returns to layers lie on the device, and nothing comes back from there until
a run of steps is over.
"""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from worker.nn.activations import ACTIVATIONS, Activation
from worker.nn.arrays import Array
from worker.nn.engines.batch import CHANGES, Rows
from worker.nn.engines.codes import activation_code
from worker.nn.engines.gpu.device import Device
from worker.nn.engines.gpu.grid import LANES, THREADS, blocks_for
from worker.nn.engines.gpu.recorded_normalization import RecordedNormalization
from worker.nn.engines.gpu.recorded_pictures import RecordedPictures
from worker.nn.engines.gpu.transfer import Transfer
from worker.nn.engines.layout import bits, matrix_shape
from worker.nn.engines.operations import Operation
from worker.nn.losses import LOSSES
from worker.nn.optimizers import OPTIMIZERS
from worker.nn.pools import POOLS

# In this order; the first one has what all of them use.
SOURCES = [
    Path(__file__).with_name(f"{topic}.cu")
    for topic in ("kernels", "layers", "pictures", "normalization", "updates", "measures")
]


def source() -> str:
    """The kernels' code, behind the tables of what there is: it has a function for each entry, and
    cannot be compiled if one is missing."""
    tables: dict[str, Iterable[str]] = {
        "ACTIVATIONS": ACTIVATIONS, "LOSSES": LOSSES, "OPTIMIZERS": OPTIMIZERS,
        "CHANGES": CHANGES, "POOLS": POOLS,
    }  # fmt: skip
    lines = [
        f"#define {name}(EACH_ONE) {' '.join(f'EACH_ONE({entry})' for entry in table)}\n"
        for name, table in tables.items()
    ]
    return "".join(lines) + "\n".join(path.read_text() for path in SOURCES)


class Graph:
    """A recorded step, for batches of `rows` rows."""

    def __init__(self, transfer: Transfer, rows: int) -> None:
        self.rows, self._transfer = rows, transfer
        self._operations: list[Callable[[], None]] = []
        self._arguments: list[Array | float] = []  # the operations have only their addresses
        self._step: Callable[[], None] | None = None

    def write(self, operation: Callable[[], None], *arguments: Array | float) -> None:
        """Add an operation."""
        self._operations.append(operation)
        self._arguments += arguments

    def run(self, rows: Rows, first: int, numbers: Array) -> None:
        """Take as many steps as there are rows in `numbers`.

        Args:
            first: the place in the order at which the first step begins.
            numbers: of the optimizer's rule, (steps, NUMBERS).
        """
        for _ in self._transfer.steps(rows, first, self.rows, numbers):
            if self._step is not None:
                self._step()
                continue
            self._directly()  # whatever is loaded at its first use is loaded now
            self._step = self._transfer.device.capture(self._directly)

    def _directly(self) -> None:
        for operation in self._operations:
            operation()


class GpuEngine(RecordedPictures, RecordedNormalization):
    """Records launches of kernels, with the addresses of arrays on a device."""

    _program: Graph

    def __init__(self, device: Device) -> None:
        self._device = device
        super().__init__()
        self._transfer, self._patches = Transfer(device, self.cells), self.empty(1)
        self._unbiased = None
        self._program = Graph(self._transfer, 0)

    def empty(self, *shape: int) -> Array:
        """An array of zeros on the device."""
        return self._device.empty(*shape)

    def copy(self, X: Array) -> Array:
        """X, an array of the host, where the engine can change it."""
        return self._device.upload(X.astype(self._device.dtype))

    def _doubles(self, count: int) -> Array:
        return self._device.empty(count, dtype="float64")

    def _memory(self, X: Array) -> Array:
        return X  # there is nothing between rows

    # How it is written down: every operation is a kernel.

    def _begun(self, rows: int) -> Graph:
        return Graph(self._transfer, rows)

    def _end(self) -> None:
        self._launch("tick", 1, 1, self._program.rows)

    def _each(self, operation: Operation, out: Array, *arguments: Array | float) -> None:
        self._launch(operation.name.lower(), blocks_for(out.size), THREADS, *arguments)

    def _pieces(self, operation: Operation, count: int, *arguments: Array | float) -> None:
        self._launch(operation.name.lower(), count, THREADS, *arguments)

    def _cost(self, loss: int, Z: Array, dZ: Array, smoothing: float) -> None:
        (m, k), found = Z.shape, self._doubles(2 * len(Z))
        threads = LANES if k <= LANES else THREADS
        self._launch("cost", m, threads, loss, Z, dZ, found, m, k, smoothing)
        self._launch("add_cost", 1, THREADS, found, m)

    def _update(self, rule: int, g: Array, p: Array, moments: Sequence[Array | int]) -> None:
        self._each(Operation.UPDATE, p, rule, g, p, *moments, p.size)

    # Layers.

    def affine(self, X: Array, W: Array, b: Array) -> Array:
        Z = self.product(X, W)
        self._unbiased = Z, b
        return Z

    def product(self, A: Array, B: Array) -> Array:
        out = self._buffers.lend(A.shape[0], B.shape[1])
        self._multiply(A, B, out)
        return out

    def activate(self, activation: Activation, Z: Array) -> Array:
        A = self._buffers.lend(*Z.shape)
        b: Array | int = 0
        if self._unbiased is not None and self._unbiased[0] is Z:
            # One pass over Z instead of two.
            (_, b), self._unbiased = self._unbiased, None
        given = activation_code(activation), Z, b, A, *matrix_shape(Z.shape)
        self._each(Operation.ACTIVATE, A, *given)
        return A

    def slopes(self, activation: Activation, Z: Array, A: Array) -> Array:
        """g'(Z)."""
        out = self._buffers.lend(*Z.shape)
        # Without a dA the kernel takes 1.
        given = activation_code(activation), Z, A, 0, out, *matrix_shape(Z.shape)
        self._each(Operation.CHAIN, out, *given)
        return out

    def _multiply(self, A: Array, B: Array, out: Array, *, add: bool = False) -> None:
        self._settle()
        self._program.write(lambda: self._device.multiply(A, B, out, add=add))

    def _settle(self) -> None:
        """Add a bias that no activation took with it."""
        if self._unbiased is not None:
            (Z, b), self._unbiased = self._unbiased, None
            sizes = matrix_shape(Z.shape)
            self._launch("add_bias", blocks_for(Z.size), THREADS, Z, b, *sizes)

    def _launch(self, name: str, blocks: int, threads: int, *arguments: Array | float) -> None:
        """A kernel with these arguments, each as 64 bits."""
        self._settle()
        kernel, address = self._device.kernel(name), self._device.address
        words = (
            bits(a) if isinstance(a, float) else a if isinstance(a, int) else address(a)
            for a in arguments
        )
        given = address(self._transfer.table), *words
        self._program.write(lambda: kernel(blocks, threads, given), *arguments)

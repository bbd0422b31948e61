"""A graphics processor that is none: CUDA's rules kept on the host, an error where one is broken.

Like one, it takes kernels, products and batches for later: it works them off, in order, when
somebody waits or copies. So whoever overwrites a batch too early gets wrong numbers here too.
"""

from collections import deque
from collections.abc import Callable
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import numpy as np

from tests.worker.nn.engines.simulated.kernels import Kernels, compiled
from tests.worker.nn.engines.simulated.memory import Memory, address_of
from worker.nn.arrays import Array

Work = Callable[[], None]
Order = Callable[[int], Array]

MOST_BLOCKS, MOST_THREADS = 2**31 - 1, 1_024


def ascending(count: int) -> Array:
    return np.arange(count)


def descending(count: int) -> Array:
    return np.arange(count)[::-1].copy()


def shuffled(count: int) -> Array:
    return np.random.default_rng(count).permutation(count)


class Event:
    """Attributes:
    marked: how much had been asked of the device when it was, or -1.
    """

    def __init__(self) -> None:
        self.marked = -1


class Slot(NamedTuple):
    """Where batches come to; `fed` is how much had been asked when the last one had come."""

    to: Array
    fed: int


class Launch(NamedTuple):
    """A kernel with all that it was asked with."""

    name: str
    blocks: int
    threads: int
    arguments: tuple[int, ...]


class SimulatedDevice:
    """Keeps arrays and runs kernels as `device` says.

    Attributes:
        dtype: of all matrices.
    """

    def __init__(
        self,
        dtype: str,
        *,
        order: Order = ascending,
        kernels: Kernels | None = None,
    ) -> None:
        """
        Args:
            order: in which the blocks of a kernel have their turns, and the threads of each block.
        """
        self.dtype = np.dtype(dtype)
        self._order, self._kernels = order, kernels or compiled(dtype)
        self._memory, self._pinned = Memory(), Memory()
        self._waiting: deque[Work] = deque()
        self._asked = 0
        self._captured: list[Work] | None = None
        # By the event that says when they are free.
        self._slots: WeakKeyDictionary[Event, Slot] = WeakKeyDictionary()
        words = dict.fromkeys(("Data*", "Window*"), np.dtype("i8"))
        self._types = {"real*": self.dtype, "double*": np.dtype("f8"), **words}

    # Arrays.

    def empty(self, *shape: int, dtype: Any = None) -> Array:
        self._not_while_capturing()
        return self._memory.zeros(shape, dtype or self.dtype)

    def upload(self, X: Array) -> Array:
        found = self.empty(*X.shape, dtype=X.dtype)
        self.put(X, found)
        return found

    def put(self, X: Array, to: Array) -> None:
        self._not_while_capturing()
        values, there = np.ascontiguousarray(X), to[: len(X)]
        alike(values, there)
        self._work_off(self._asked)
        np.copyto(there, values)

    def fetch(self, X: Array, to: Array) -> None:
        self._not_while_capturing()
        alike(X, to)
        self._work_off(self._asked)
        np.copyto(to, X)
        self._memory.check()

    def free_bytes(self) -> int:
        return 2**40

    def address(self, X: Array) -> int:
        self._memory.dtype_at(address_of(X))
        return address_of(X)

    # Work.

    def kernel(self, name: str) -> Callable[[int, int, tuple[int, ...]], None]:
        types = self._kernels.parameters[name]

        def launch(blocks: int, threads: int, arguments: tuple[int, ...]) -> None:
            work = Launch(name, blocks, threads, arguments)
            possible(work, len(types))
            self._ask(lambda: self._run(work))

        return launch

    def multiply(self, A: Array, B: Array, out: Array, *, add: bool = False) -> None:
        factors(A, B, out)
        for X in (A, B, out):
            if self._memory.dtype_at(address_of(whole(X))) != self.dtype:
                raise TypeError(f"Expected matrices of {self.dtype}, got {X.dtype}.")
        self._ask(lambda: np.copyto(out, A @ B + out if add else A @ B))

    def capture(self, do: Work) -> Work:
        self._not_while_capturing()
        captured: list[Work] = []
        self._captured = captured
        try:
            do()
        finally:
            self._captured = None

        def again() -> None:
            for work in captured:
                self._ask(work)

        return again

    # Batches that come while work goes on.

    def pinned(self, *shape: int) -> Array:
        return self._pinned.zeros(shape, "uint8")

    def event(self) -> Event:
        return Event()

    def mark(self, event: Event) -> None:
        self._not_while_capturing()
        event.marked = self._asked

    def wait(self, event: Event) -> None:
        self._not_while_capturing()
        self._work_off(max(0, event.marked))

    def transfer(self, source: Array, to: Array, free: Event, full: Event) -> None:
        self._not_while_capturing()
        alike(source, to)
        self._pinned.dtype_at(address_of(source))
        if free.marked < 0:  # on another stream than the copy, the slot might still be cleared
            raise RuntimeError("Expected a slot of which it is known that it is there.")
        if free in self._slots and free.marked <= self._slots[free].fed:
            raise RuntimeError("Expected that the batch was used before the next one comes.")
        others = [slot.to for event, slot in self._slots.items() if event is not free]
        if any(np.shares_memory(to, other) for other in others):
            raise RuntimeError("Expected a slot with an event of its own.")
        # The copy is made as late as can be: by then another batch may lie in its source.
        self._ask(lambda: np.copyto(to, source))
        self._slots[free] = Slot(to, self._asked)
        self.mark(full)

    # How it is done.

    def _ask(self, work: Work) -> None:
        if self._captured is not None:
            self._captured.append(work)
        else:
            self._waiting.append(work)
            self._asked += 1

    def _work_off(self, asked: int) -> None:
        """Do all that was asked when so much had been."""
        while len(self._waiting) > self._asked - asked:
            self._waiting.popleft()()

    def _run(self, work: Launch) -> None:
        for word, kind in zip(work.arguments, self._kernels.parameters[work.name], strict=True):
            # 0 stands for an array that is missing.
            if kind in self._types and word and self._memory.dtype_at(word) != self._types[kind]:
                raise TypeError(f"Expected {kind} where another type lies, in {work}.")
        blocks, threads = self._order(work.blocks), self._order(work.threads)
        self._kernels.launch(work.name, work.arguments, blocks, threads)

    def _not_while_capturing(self) -> None:
        if self._captured is not None:
            raise RuntimeError("Expected kernels and products to capture, nothing else.")


def alike(X: Array, Y: Array) -> None:
    """Refuse to copy between arrays that differ in anything but their numbers."""
    if (X.dtype, X.shape) != (Y.dtype, Y.shape):
        raise TypeError(f"Expected {X.dtype} {X.shape}, got {Y.dtype} {Y.shape}.")
    if not (X.flags.c_contiguous and Y.flags.c_contiguous):
        raise ValueError("Expected arrays without gaps.")


def possible(work: Launch, parameters: int) -> None:
    """Refuse what CUDA would refuse, and what it would not but should."""
    if not (1 <= work.blocks <= MOST_BLOCKS and 1 <= work.threads <= MOST_THREADS):
        raise ValueError(f"Expected a grid that there can be, got {work}.")
    if len(work.arguments) != parameters:
        raise TypeError(f"Expected {parameters} arguments, got {work}.")
    if any(type(word) is not int for word in work.arguments):
        raise TypeError(f"Expected integers, got {work}.")


def whole(X: Array) -> Array:
    """The array of which X is a view, or X."""
    while isinstance(X.base, np.ndarray):
        X = X.base
    return X


def factors(A: Array, B: Array, out: Array) -> None:
    """Refuse products that cuBLAS could not compute from three addresses and distances of rows."""
    if (A.shape[0], B.shape[1]) != out.shape or A.shape[1] != B.shape[0]:
        raise ValueError(f"Expected sizes that fit, got {A.shape} by {B.shape} for {out.shape}.")
    gapless = [X.flags.c_contiguous or X.T.flags.c_contiguous for X in (A, B)]
    if not (all(gapless) and out.flags.c_contiguous):
        raise ValueError("Expected whole matrices or transposes of such.")
    if np.shares_memory(out, A) or np.shares_memory(out, B):
        raise ValueError("Expected a place for the product that is not a factor's.")

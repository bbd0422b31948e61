"""Networks of pictures as they answer by the compiled kernels that train.

Every number of an answer is computed in the same order whatever stands beside the picture in the
batch, and however many threads there are.
"""

from collections.abc import Iterator, Sequence
from queue import LifoQueue
from typing import NamedTuple

import numpy

from worker.nn.arrays import Array
from worker.nn.engines.answering import LANE_BYTES, PRECISION, TOGETHER
from worker.nn.engines.answering.threads import mapping
from worker.nn.engines.base import Program
from worker.nn.engines.batch import NO_ROWS
from worker.nn.engines.cpu.engine import CpuEngine
from worker.nn.engines.step_numbers import numbers_of
from worker.nn.folding import Normalize
from worker.nn.layers import Layer
from worker.nn.network import Network
from worker.nn.windows import Shape

ONE_STEP = numbers_of(None, [0.0])


class KernelNetwork(Network):
    """A network that answers fast and learns nothing."""

    def __init__(self, layers: Sequence[Layer], shape: Shape, threads: int) -> None:
        """
        Args:
            layers: their arrays become float32.
            shape: of a picture, (h, w, c).
            threads: that compute together, at most.
        """
        super().__init__(layers)
        place = CpuEngine(PRECISION, threads=1).copy
        self.to(lambda own: place(own.astype(PRECISION)))
        self._shape, self._threads = shape, threads
        first = self._lane()
        self._together, self._lane_bytes = first.together, first.memory
        # Those that nobody needed yet are none.
        self._lanes: LifoQueue[Lane | None] = LifoQueue()
        for lane in [*[None] * (threads - 1), first]:
            self._lanes.put(lane)

    @property
    def memory(self) -> int:
        """Bytes of its arrays, and of what it works in once all threads have answered."""
        return super().memory + self._threads * self._lane_bytes

    def logits(self, X: Array) -> Array:
        """Z, (m, k), in float64, of samples X, (m, …)."""
        return self.hidden_and_logits(X)[1]

    def hidden_and_logits(self, X: Array) -> tuple[Array, Array]:
        """What comes to the last layer, A, (m, n), and Z, (m, k), both in float64, of samples X,
        (m, …)."""
        pieces = list(self._pieces(X))
        # To ask another thread for one of them would only take longer.
        each = mapping(self._threads if len(pieces) > 1 else 1)
        A, Z = map(numpy.concatenate, zip(*each(self._answer, pieces), strict=True))
        return A, Z

    def _pieces(self, X: Array) -> Iterator[Array]:
        whole = len(X) - len(X) % self._together
        yield from (X[at : at + self._together] for at in range(0, whole, self._together))
        yield from (X[at : at + 1] for at in range(whole, len(X)))

    def _answer(self, samples: Array) -> tuple[Array, Array]:
        lane = self._lanes.get()
        try:
            lane = lane or self._lane()
            return lane.hidden_and_logits(samples)
        finally:
            self._lanes.put(lane)

    def _lane(self) -> "Lane":
        return Lane(self.layers, self._shape)


class Recorded(NamedTuple):
    """A network's way forward for so many pictures, recorded.

    Attributes:
        hidden: what comes to its last layer. No other operation follows, so it is still there when
            all are done.
    """

    program: Program
    inputs: Array
    hidden: Array
    logits: Array


class Lane:
    """A network recorded for one picture and for a few together; one thread at a time may ask it.

    Attributes:
        together: how many these are.
        memory: bytes in which it works.
    """

    def __init__(self, layers: Sequence[Layer], shape: Shape) -> None:
        normal = layers[0] if isinstance(layers[0], Normalize) else None
        self._normal, self._layers, self._shape = normal, layers[normal is not None :], shape
        do = CpuEngine(PRECISION, threads=1)
        self._recorded(do, 1)
        self.together = min(TOGETHER, max(1, LANE_BYTES // do.lent_bytes))
        # The larger first: what it works in is large enough for the other.
        self._programs = {rows: self._recorded(do, rows) for rows in (self.together, 1)}
        self.memory = do.lent_bytes

    def hidden_and_logits(self, samples: Array) -> tuple[Array, Array]:
        """A and Z, in float64, of one picture or of `together` ones."""
        program, inputs, hidden, logits = self._programs[len(samples)]
        X = samples.astype(PRECISION)
        inputs[...] = X if self._normal is None else self._normal.normalization.apply(X)
        program.run(NO_ROWS, 0, ONE_STEP)
        return hidden.astype("float64"), logits.astype("float64")

    def _recorded(self, do: CpuEngine, rows: int) -> Recorded:
        inputs, (*before, last) = do.empty(rows, *self._shape), self._layers
        passed: list[Array] = []

        def forward() -> None:
            passed.append(Network(before).forward(inputs, do)[0])
            passed.append(last.forward(passed[0], do)[0])

        program = do.record(rows, forward, training=False)
        return Recorded(program, inputs, *passed)

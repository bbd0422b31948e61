"""The vital signs of a network in training, layer by layer, for the doctor to read."""

import math

from worker.jsontypes import Json
from worker.nn.arrays import Array, on_host
from worker.nn.engines.base import TrainingEngine
from worker.nn.network import Network, Tape

FLAT = 0.01  # of the steepest slope: less is called saturated
MOST_ROWS = 0.95  # on which a unit must be flat to count as saturated
TINY = 1e-30  # in the place of a norm that is 0
SAMPLE = 4_096  # weights of a layer by which its update is measured


class Vitals:
    """Has the steps of an epoch watched.

    Attributes:
        alive: for each hidden layer, which units had a gradient on some row of the epoch: 0 or 1.
    """

    def __init__(self, network: Network, engine: TrainingEngine) -> None:
        self._engine = engine
        self._weights = [p for p in network.params if p.ndim > 1]
        self.alive = [engine.empty(W.shape[1]) for W in self._weights[:-1]]
        self._flat = [engine.empty(W.shape[1]) for W in self._weights[:-1]]
        self._samples: list[Array] = []
        self._gradients: list[int] = []  # cells with sums of squares
        self._sizes: list[int] = []
        self._moved: list[int] = []
        self._rows = 0

    def watch(self, tape: Tape) -> None:
        """In each step: which units have a gradient."""
        for alive, error in zip(self.alive, tape.errors, strict=False):
            self._engine.alive(error, alive)

    def before_last_step(self, gradients: list[Array]) -> None:
        """In the last step of an epoch, before the parameters change."""
        self._gradients = [self._engine.squares(g) for g in gradients]
        self._samples = [self._engine.sample(W, SAMPLE) for W in self._weights]

    def after_last_step(self, tape: Tape) -> None:
        """And when they have."""
        do = self._engine
        pairs = zip(self._weights, self._samples, strict=True)
        self._moved = [do.moved(W, sample, SAMPLE) for W, sample in pairs]
        self._sizes = [do.squares(W) for W in self._weights]
        for bend, flat in zip(tape.bends(), self._flat, strict=True):
            slopes = do.slopes(*bend)
            self._rows = len(slopes)
            do.saturated(slopes, FLAT * bend[0].steepest, flat)

    def gradient_norms(self) -> list[float]:
        """Of W and b of each layer together, in the epoch's last step."""
        norms = [math.sqrt(self._engine.cells[cell]) for cell in self._gradients]
        return [math.hypot(w, b) for w, b in zip(norms[::2], norms[1::2], strict=True)]

    def layers(self) -> list[Json]:
        """The signs of every layer; the next epoch begins.

        Units are counted in the hidden layers only, for those of the last one are the answers.
        """
        cells = self._engine.cells
        found: list[Json] = []
        for moved, size in zip(self._moved, self._sizes, strict=True):
            way, before = math.sqrt(cells[moved]), math.sqrt(cells[moved + 1])
            signs = {"weight_norm": math.sqrt(cells[size]), "update_ratio": way / max(before, TINY)}
            found.append({**signs, "saturated": None, "dead": None})
        for layer, flat, alive in zip(found, self._flat, self.alive, strict=False):
            layer["saturated"] = float((on_host(flat) > MOST_ROWS * self._rows).mean())
            layer["dead"] = float(1 - on_host(alive).mean())
            alive.fill(0)
        return found

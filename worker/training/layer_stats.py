"""The vital signs of a network in training, layer by layer, for the doctor to read."""

import math
from collections.abc import Iterator
from itertools import islice

from worker.jsontypes import Json
from worker.nn.arrays import Array, on_host
from worker.nn.engines.base import TrainingEngine
from worker.nn.layers import Activate
from worker.nn.network import Network, Tape
from worker.nn.residual import simple_layers

FLAT = 0.01  # of the steepest slope: less is called saturated
MOST_ROWS = 0.95  # on which a unit must be flat to count as saturated
TINY = 1e-30  # in the place of a norm that is 0
SAMPLE = 4_096  # weights of a layer by which its update is measured


class Vitals:
    """Has the steps of an epoch watched.

    Units are the columns that a layer returns, or the channels. A layer is hidden if an activation
    follows it before any other layer with parameters does.

    Attributes:
        alive: for each hidden layer, which units had a gradient on some row of the epoch: 0 or 1.
    """

    def __init__(self, network: Network, engine: TrainingEngine, *, frozen: int = 0) -> None:
        """
        Args:
            network: the layers that learn.
            frozen: how many with parameters are frozen before them.
        """
        self._engine, self._frozen = engine, frozen
        self._layers = [layer.params for layer in simple_layers(network.layers) if layer.params]
        self._hidden = hidden_layers(network)  # by its place: which activation follows
        self.alive = [engine.empty(units(self._layers[place])) for place in self._hidden]
        self._flat: list[Array] = []
        self._samples: dict[int, Array] = {}  # of the layers that have weights, by their places
        self._gradients: list[int] = []  # cells with sums of squares
        self._sizes: dict[int, int] = {}
        self._moved: dict[int, int] = {}
        self._rows: list[int] = []

    def watch(self, tape: Tape) -> None:
        """In each step: which units have a gradient."""
        for place, alive in zip(self._hidden, self.alive, strict=True):
            self._engine.alive(tape.errors[place], alive)

    def before_last_step(self, gradients: list[Array]) -> None:
        """In the last step of an epoch, before the parameters change."""
        do = self._engine
        self._gradients = [do.squares(g) for g in gradients]
        self._samples = {place: do.sample(W, SAMPLE) for place, W in self._weights()}

    def after_last_step(self, tape: Tape) -> None:
        """And when they have."""
        do, bends = self._engine, tape.bends()
        self._moved = {
            place: do.moved(W, self._samples[place], SAMPLE) for place, W in self._weights()
        }
        self._sizes = {place: do.squares(W) for place, W in self._weights()}
        self._flat, self._rows = [], []
        for which in self._hidden.values():
            slopes = do.slopes(*bends[which])
            flat = do.empty(slopes.shape[-1])
            do.saturated(slopes, FLAT * bends[which][0].steepest, flat)
            self._flat.append(flat)
            self._rows.append(slopes.size // slopes.shape[-1])

    def gradient_norms(self) -> list[float | None]:
        """Of all parameters of each layer together, in the epoch's last step; None of frozen
        layers."""
        norms = iter([math.sqrt(self._engine.cells[cell]) for cell in self._gradients])
        found = [math.hypot(*islice(norms, len(params))) for params in self._layers]
        return [*[None] * self._frozen, *found]

    def layers(self) -> list[Json]:
        """The signs of every layer with parameters; the next epoch begins.

        A batch normalization has no weights, the units of the last layer are the answers, and
        nothing is measured of frozen layers: what a layer has not is None.
        """
        found = [self._weights_of(place) for place in range(len(self._layers))]
        hidden = zip(self._hidden, self.alive, self._flat, self._rows, strict=True)
        for place, alive, flat, rows in hidden:
            found[place]["saturated"] = float((on_host(flat) > MOST_ROWS * rows).mean())
            found[place]["dead"] = float(1 - on_host(alive).mean())
            alive.fill(0)
        return [*[no_signs() for _ in range(self._frozen)], *found]

    def _weights(self) -> Iterator[tuple[int, Array]]:
        """W of each layer that has it, with the layer's place."""
        for place, params in enumerate(self._layers):
            if params[0].ndim > 1:
                yield place, params[0]

    def _weights_of(self, place: int) -> Json:
        signs = no_signs()
        if place in self._moved:
            cells, moved = self._engine.cells, self._moved[place]
            way, before = math.sqrt(cells[moved]), math.sqrt(cells[moved + 1])
            signs["weight_norm"] = math.sqrt(cells[self._sizes[place]])
            signs["update_ratio"] = way / max(before, TINY)
        return signs


def no_signs() -> Json:
    """Those of a layer of which nothing is known."""
    return dict.fromkeys(("weight_norm", "update_ratio", "saturated", "dead"))


def places(network: Network) -> int:
    """How many layers with parameters a network has, those within residuals counted."""
    return sum(bool(layer.params) for layer in simple_layers(network.layers))


def hidden_layers(network: Network) -> dict[int, int]:
    """For each hidden layer, by its place among those with parameters, which of the network's
    activations follows it."""
    found: dict[int, int] = {}
    place = which = -1
    for layer in simple_layers(network.layers):
        place += bool(layer.params)
        if isinstance(layer, Activate):
            which += 1
            if place >= 0:
                found.setdefault(place, which)
    return found


def units(params: list[Array]) -> int:
    """How many a layer with these parameters has."""
    return int(params[0].shape[-1])

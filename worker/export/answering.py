"""A model as it answers here, asked about samples as ONNX is given them."""

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from worker.data.backbones.running import features, open_session
from worker.data.tables.preprocessing import TablePreprocessing, preprocessing_of
from worker.export.inputs import PICTURES
from worker.export.samples import Given, encoded
from worker.export.sources import Sources
from worker.export.steps import steps_of
from worker.nn.engines.answering.by_blas import BlasNetwork
from worker.nn.layers import Layer
from worker.nn.losses import loss_for
from worker.nn.network import Network
from worker.nn.windows import Shape
from worker.serving.at_once import pieces, rows_at_once
from worker.store import tensor_file
from worker.training.build import network_of_model
from worker.training.model import network_of

MOST_ROWS, LEAST_ROWS = 1_000, 20
MULTIPLICATIONS = 5e10  # of a network of pictures, for all rows together: some seconds


class Answering:
    """Answers as the service does: dense networks in float64, networks of pictures by BLAS.

    Attributes:
        how: what makes samples of what is given.
        tensors, steps: of the network.
        takes: the shape of a sample as the network takes it.
        given_shape: of one as the file is given it; of cells of a table, nothing.
    """

    def __init__(self, sources: Sources, threads: int) -> None:
        manifest = sources.manifest
        self.sources, self._threads = sources, threads
        self.how = preprocessing_of(manifest["preprocessing"])
        self.tensors = tensor_file.read(sources.weights)[0]
        self.steps = steps_of(self.tensors, manifest)
        self.takes = [manifest["features"]] if sources.backbone else manifest["shape"]
        self._loss = loss_for(len(manifest["classes"]))

    @property
    def given_shape(self) -> tuple[int, ...]:
        if (backbone := self.sources.backbone) is not None:
            return (*backbone.input.size, 3)
        return tuple(self.sources.manifest["shape"])

    @property
    def most_rows(self) -> int:
        """How many rows it is asked about; fewer of a network that takes long for each."""
        kind = self.sources.manifest["spec"]["network"].get("kind", "dense")
        if self.sources.backbone is not None or kind == "dense":
            return MOST_ROWS
        layers = network_of_model(self.sources.manifest).layers
        each = sum(layer.multiplications for layer in layers)
        return int(min(MOST_ROWS, max(LEAST_ROWS, MULTIPLICATIONS // max(1, each))))

    def probabilities(self, given: Given) -> NDArray[np.float64]:
        """Returns the probabilities of each class, (m, classes)."""
        network = self._network
        found = [self._loss.probabilities(network.logits(x)) for x in self._samples(given)]
        return np.concatenate(found)

    @cached_property
    def _network(self) -> Network:
        wide = {name: array.astype("float64") for name, array in self.tensors.items()}

        def of_pictures(layers: list[Layer], shape: Shape) -> Network:
            return BlasNetwork(layers, self._threads)

        return network_of(wide, self.sources.manifest, of_pictures)

    def _samples(self, given: Given) -> Iterator[NDArray[np.float64]]:
        """What the network takes, (m, …), some at a time."""
        if isinstance(self.how, TablePreprocessing):
            samples = encoded(given, self.how)
        elif self.sources.backbone is not None:
            samples = self._features(given[PICTURES])
        else:
            (samples,) = given.values()
        for some in pieces(samples, rows_at_once(self._network, self.takes)):
            yield some.astype("float64").reshape(-1, *self.takes)

    def _features(self, pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
        backbone, network = self.sources.backbone, self.sources.network
        assert backbone is not None and network is not None  # noqa: S101 - for mypy
        return features(open_session(Path(network), self._threads), backbone, pictures)

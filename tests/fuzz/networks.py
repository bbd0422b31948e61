"""Readers of networks in ONNX, and of what a process answers that runs one."""

import socket
from pathlib import Path
from typing import cast

import numpy as np

from tests.fuzz.pictures import Said, framed
from tests.worker.data.backbones.networks import network as small
from worker.data.backbones.backbone import Backbone
from worker.data.backbones.beginning import check_beginning
from worker.data.backbones.feature_output import ending_at, feature_output
from worker.data.backbones.network import network as checked
from worker.data.backbones.options import BackboneOptions
from worker.data.backbones.picture_input import picture_input
from worker.data.backbones.process import Runner
from worker.errors import WorkerError

MOST_PARAMETERS = 10_000
PICTURE = np.zeros((4, 4, 3), np.uint8)
FEATURES = np.arange(3, dtype=np.float32)


def network(body: bytes) -> None:
    check_beginning("body", body[:1024])
    model = checked(body, MOST_PARAMETERS)
    picture_input(model, BackboneOptions())
    ending_at(model, feature_output(model, None)).SerializeToString(deterministic=True)


def answer(body: bytes) -> None:
    """What a process says that a network has taken control of. To refuse it is an answer too."""
    process = Answering(body)
    try:
        found = process.features(PICTURE)
        assert found.shape == FEATURES.shape
        assert np.isfinite(found).all()
    except WorkerError as error:
        str(error).encode()
    assert 0 <= process.seconds < float("inf")


class Answering(Runner):
    """A runner whose answer is known."""

    def __init__(self, body: bytes) -> None:
        super().__init__(never_opened, 1, 1)
        self._said, self._features = body, len(FEATURES)

    def start(self) -> socket.socket:
        return cast(socket.socket, Said(self._said))


def never_opened() -> tuple[Backbone, Path]:
    raise WorkerError("Expected no process to be started.")


def answers() -> list[bytes]:
    said = {"seconds": 0.1}
    odd = np.array([1, np.nan, np.inf], np.float32)
    return [framed(said, each.tobytes()) for each in (FEATURES, odd, FEATURES[:2])]


def networks() -> list[bytes]:
    said = {"size": "24,24", "mean": "0.5"}
    models = [
        small(layout="NHWC", ending="spatial"),
        small(ending="probabilities", metadata=said),
        small(dtype="uint8", ending="product"),
    ]
    return [model.SerializeToString() for model in models]

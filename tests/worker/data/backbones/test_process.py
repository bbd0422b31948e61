"""What a process says that a network or a picture has taken control of."""

import socket
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from worker.data import frames
from worker.data.backbones.backbone import MOST_FEATURES
from worker.data.backbones.process import Runner
from worker.errors import BackboneUnavailable, InvalidParameter

PICTURE = np.zeros((4, 5, 3), np.uint8)
SOUND = {"seconds": 0.5}
FEATURES = np.array([1, -2, 3.5], np.float32)


class Answering(Runner):
    """A runner in whose place a test answers."""

    def __init__(self) -> None:
        super().__init__(opened=None, memory_bytes=1, seconds=1)  # type: ignore[arg-type]
        self._features = 3
        self._channel, self.other_side = socket.socketpair()

    def start(self) -> socket.socket:
        assert self._channel is not None
        return self._channel


@pytest.fixture
def runner() -> Iterator[Answering]:
    runner = Answering()
    with runner.other_side:
        yield runner
        runner.stop()


def test_an_answer_is_believed(runner: Answering) -> None:
    frames.send(runner.other_side, SOUND, FEATURES.tobytes())
    assert runner.features(PICTURE).tolist() == [1, -2, 3.5]
    assert runner.seconds == 0.5
    order, pixels = frames.receive(runner.other_side, 60)
    assert (order, bytes(pixels)) == ({"shape": [4, 5, 3]}, PICTURE.tobytes())


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (SOUND, b""),
        (SOUND, FEATURES.tobytes()[:-1]),
        (SOUND, FEATURES.tobytes()[:-4]),
        (SOUND, FEATURES.tobytes() * 2),
        (SOUND, bytes(4 * MOST_FEATURES + 4)),
        ({}, FEATURES.tobytes()),
        ([1], FEATURES.tobytes()),
        ({"seconds": float("nan")}, FEATURES.tobytes()),
        ({"seconds": -1}, FEATURES.tobytes()),
    ],
)
def test_an_answer_that_is_none_ends_the_process(
    runner: Answering, words: Any, answer: bytes
) -> None:
    frames.send(runner.other_side, words, answer)
    with pytest.raises(BackboneUnavailable):
        runner.features(PICTURE)
    assert runner._channel is None


@pytest.mark.parametrize("number", [np.nan, np.inf, -np.inf])
def test_features_must_be_finite(runner: Answering, number: float) -> None:
    frames.send(runner.other_side, SOUND, np.array([1, number, 2], np.float32).tobytes())
    with pytest.raises(InvalidParameter, match="finite"):
        runner.features(PICTURE)

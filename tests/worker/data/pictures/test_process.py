"""What a process says that a picture has taken control of."""

import socket
from collections.abc import Iterator
from typing import Any

import pytest

from tests.worker.data.pictures.bombs import EIGHT
from worker.data import frames
from worker.data.pictures.process import Decoder
from worker.errors import TooCostly

PIXELS = bytes(8 * 8 * 3)
SOUND = {"cut_short": False, "seconds": 0.5}


class Answering(Decoder):
    """A decoder in whose place a test answers."""

    def __init__(self) -> None:
        super().__init__(max_pixels=100, seconds=1)
        self._channel, self.other_side = socket.socketpair()

    def start(self) -> socket.socket:
        assert self._channel is not None
        return self._channel


@pytest.fixture
def decoder() -> Iterator[Answering]:
    decoder = Answering()
    with decoder.other_side:
        yield decoder
        decoder.stop()


def test_an_answer_is_believed(decoder: Answering) -> None:
    frames.send(decoder.other_side, SOUND, PIXELS)
    assert decoder.decode(b"", EIGHT).pixels.tobytes() == PIXELS
    assert decoder.seconds == 0.5


@pytest.mark.parametrize(
    "words",
    [
        {"cut_short": False},
        [1],
        SOUND | {"seconds": float("nan")},
        SOUND | {"seconds": -1},
        SOUND | {"seconds": None},
        SOUND | {"error": ["CorruptFile"]},
        SOUND | {"error": "CorruptFile", "detail": "\ud800"},
        SOUND | {"error": "NoSuchError"},
    ],
)
def test_an_answer_that_is_none_is_the_pictures_fault(decoder: Answering, words: Any) -> None:
    frames.send(decoder.other_side, words, PIXELS)
    with pytest.raises(TooCostly):
        decoder.decode(b"", EIGHT)


def test_an_answer_may_be_nested_without_end(decoder: Answering) -> None:
    words = b"[" * 50_000
    decoder.other_side.sendall(frames.LENGTHS.pack(len(words), 0) + words)
    with pytest.raises(TooCostly):
        decoder.decode(b"", EIGHT)

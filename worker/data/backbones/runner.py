"""The process that runs a backbone, for one picture after another.

Started as `python -m worker.data.backbones.runner NETWORK BACKBONE MEMORY SECONDS PARENT` with a
socket as its standard input. It reads the file of the network, and gives up the rights to open
files and connections before it looks into it: a network or a picture that takes control of this
process can only use up its limits of time and memory.
"""

import json
import socket
import sys
from pathlib import Path
from typing import Any

import numpy as np

from worker.data.backbones.backbone import Backbone
from worker.data.backbones.options import CHANNELS
from worker.data.backbones.running import features, loaded, open_session
from worker.data.backbones.sizing import sized
from worker.data.children import answering
from worker.jsontypes import Json
from worker.system.confinement import landlock, limits, seccomp

OPEN_FILES = 16
LOG_BYTES = 2**26  # of standard error, which may be a log file of the parent
MOST_BYTES = 2**26  # of the pixels of a picture
SMALL = np.zeros((3, 5, CHANNELS), np.uint8)


def seal(memory_bytes: int, parent: int) -> None:
    """Give up the rights to do anything but to compute."""
    limits.die_with(parent)
    limits.apply(limits.Limits(None, memory_bytes, LOG_BYTES, OPEN_FILES))
    landlock.restrict([], [])
    seccomp.allow_only(seccomp.COMPUTING)


def serve(channel: socket.socket, session: Any, backbone: Backbone, seconds: int) -> None:
    """Answer each picture with its features. Whatever goes wrong ends the process, and stands in
    the log."""

    def answer(order: Json, pixels: bytearray) -> tuple[Json, memoryview]:
        picture = np.frombuffer(pixels, np.uint8).reshape(order["shape"])
        return {}, features(session, backbone, picture[None]).data.cast("B")

    answering.serve(channel, answer, MOST_BYTES, seconds)


def main(network: Path, backbone: Backbone, memory_bytes: int, seconds: int, parent: int) -> None:
    channel = answering.channel()
    loaded()
    sized(SMALL, backbone.input)  # to load all code while files can still be opened
    data = network.read_bytes()
    seal(memory_bytes, parent)
    session = open_session(data, 1)
    del data  # the runtime has a copy of its own
    features(session, backbone, SMALL[None])  # the first takes longer than those behind it
    serve(channel, session, backbone, seconds)


if __name__ == "__main__":
    path, about, *numbers = sys.argv[1:]
    main(Path(path), Backbone.from_dict(json.loads(about)), *map(int, numbers))

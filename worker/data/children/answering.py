"""The child's side: a sealed process answers one question after another."""

import socket
import time
from collections.abc import Callable

from worker.data import frames
from worker.jsontypes import Json
from worker.system.confinement import limits

READY = {"ready": True}

Answer = Callable[[Json, bytearray], tuple[Json, memoryview]]


def channel() -> socket.socket:
    """Returns the channel to the parent, which is the standard input."""
    # Family and type are given, because seccomp forbids the call that would find them out.
    return socket.socket(socket.AF_UNIX, socket.SOCK_STREAM, 0, fileno=0)


def serve(parent: socket.socket, answer: Answer, most: int, seconds: int) -> None:
    """Say that this process is ready, and answer each question until the parent closes the channel.

    Args:
        most: bytes of a question.
        seconds: of processor time for each.
    """
    frames.send(parent, READY)
    while True:
        try:
            order, payload = frames.receive(parent, most)
        except frames.Broken:
            return
        limits.allow_seconds(seconds)
        began = time.process_time()
        words, found = answer(order, payload)
        words["seconds"] = time.process_time() - began
        frames.send(parent, words, found)

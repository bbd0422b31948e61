"""Messages between a process and those that it has started: a few words as JSON, and bytes."""

import json
import socket
import struct

from worker.jsontypes import Json

LENGTHS = struct.Struct("<IQ")
MAX_WORDS = 2**16


class Broken(Exception):
    """The other side has ended, or says what it should not."""


def send(channel: socket.socket, words: Json, payload: bytes | memoryview = b"") -> None:
    encoded = json.dumps(words).encode()
    channel.sendall(LENGTHS.pack(len(encoded), len(payload)) + encoded)
    channel.sendall(payload)


def receive(channel: socket.socket, max_payload: int) -> tuple[Json, bytearray]:
    """The next message.

    Raises:
        Broken: there is none, or it is longer than agreed.
    """
    words, payload = LENGTHS.unpack(_exactly(channel, LENGTHS.size))
    if words > MAX_WORDS or payload > max_payload:
        raise Broken(f"a message of {words} and {payload} bytes")
    found: Json = json.loads(_exactly(channel, words))
    return found, _exactly(channel, payload)


def _exactly(channel: socket.socket, count: int) -> bytearray:
    found = bytearray(count)
    rest = memoryview(found)
    while rest:
        got = channel.recv_into(rest)
        if not got:
            raise Broken("the other side has ended")
        rest = rest[got:]
    return found

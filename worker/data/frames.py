"""Messages between a process and its children: a JSON object and bytes behind it."""

import json
import socket
import struct

from worker.jsontypes import Json

LENGTHS = struct.Struct("<IQ")
MAX_WORDS = 2**16  # bytes of a JSON object
SMALL = 2**17  # bytes that are sent with the object: the other side is woken once


class Broken(Exception):
    """The other side has ended, or its message breaks the rules."""


def send(channel: socket.socket, words: Json, payload: bytes | memoryview = b"") -> None:
    """Send one message.

    Raises:
        OSError: the channel fails, or its timeout has passed.
    """
    encoded = json.dumps(words).encode()
    head = LENGTHS.pack(len(encoded), len(payload)) + encoded
    if len(payload) <= SMALL:
        channel.sendall(b"".join((head, payload)))
    else:
        channel.sendall(head)
        channel.sendall(payload)


def receive(channel: socket.socket, max_payload: int) -> tuple[Json, bytearray]:
    """Returns the next message: the JSON object and the bytes.

    Args:
        max_payload: bytes that may come behind the object.

    Raises:
        Broken: the other side has closed the channel, or the message is too long.
        ValueError: the object is no JSON.
        OSError: the channel fails, or its timeout has passed.
    """
    words, payload = LENGTHS.unpack(_exactly(channel, LENGTHS.size))
    if words > MAX_WORDS or payload > max_payload:
        raise Broken(f"a message of {words} and {payload} bytes")
    rest = _exactly(channel, words + payload)
    try:
        found: Json = json.loads(rest[:words])
    except RecursionError as error:
        raise Broken("an object that is nested too deep") from error
    del rest[:words]  # which copies nothing
    return found, rest


def _exactly(channel: socket.socket, count: int) -> bytearray:
    found = bytearray(count)
    rest = memoryview(found)
    while rest:
        got = channel.recv_into(rest)
        if not got:
            raise Broken("the other side has ended")
        rest = rest[got:]
    return found

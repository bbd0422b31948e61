"""Compressed bodies, unpacked a piece at a time."""

import zlib

from starlette.exceptions import HTTPException
from starlette.types import Message, Receive

# The most that is unpacked at a time, so that a small body which unpacks to gigabytes is refused
# while it grows.
PIECE_BYTES = 2**20
FORMATS = {"gzip": 31, "x-gzip": 31, "deflate": 15}  # zlib's `wbits` for each


def inflated(receive: Receive, encoding: str) -> Receive:
    """Returns a `receive` that returns the same messages with their bodies unpacked.

    That `receive` raises HTTPException 400 where the body is damaged, ends early or goes on after
    its end.
    """
    unpack = zlib.decompressobj(FORMATS[encoding])
    packed, more, ended = b"", True, False

    async def unpacked() -> Message:
        nonlocal packed, more, ended
        if ended or (not packed and more):
            message = await receive()  # after the end: that the client has left
            if ended or message["type"] != "http.request":
                return message
            packed, more = message.get("body", b""), message.get("more_body", False)
        try:
            piece = unpack.decompress(packed, PIECE_BYTES)
        except zlib.error as error:
            raise HTTPException(
                400, f"Expected a body in {encoding}, got something else or a damaged one: {error}."
            ) from error
        packed = unpack.unconsumed_tail
        if unpack.unused_data or (not more and not packed and not unpack.eof):
            raise HTTPException(
                400, f"Expected one whole body in {encoding}, got one that ends early, or more."
            )
        ended = not (more or packed)
        return {"type": "http.request", "body": piece, "more_body": not ended}

    return unpacked

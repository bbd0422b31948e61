"""A piece of an upload on its way to disk, as the tus protocol sends it."""

import base64
import hashlib
from typing import Annotated

from fastapi import Header, Request
from starlette.requests import ClientDisconnect

from service.middleware.tus import CHECKSUMS
from service.requests.blocks import Blocks
from worker.errors import ChecksumMismatch, InvalidParameter
from worker.operations.resumable_uploads import Piece

MOST = 2**53

Bytes = Annotated[int, Header(ge=0, le=MOST)]


async def receive(request: Request, piece: Piece, checksum: str | None) -> None:
    """Write the request's body into an upload. What came before this failed stays, unless a
    checksum was announced.

    Args:
        checksum: the header Upload-Checksum.

    Raises:
        InvalidParameter: the header is none.
        ChecksumMismatch: the body is not what it says; nothing of it stays.
        TooLarge, StoreFull: as the piece says.
        ClientDisconnect: the client has left.
    """
    name, expected = announced(checksum)
    digest = hashlib.new(name, usedforsecurity=False)
    blocks = Blocks(piece.write)
    try:
        async for chunk in request.stream():
            digest.update(chunk)
            await blocks.add(chunk)
        await blocks.flush()
        if expected not in (None, digest.digest()):
            raise ChecksumMismatch(
                "Expected the bytes that Upload-Checksum tells of, got others. Send the piece "
                "again."
            )
    except BaseException as error:
        if expected is not None:  # nobody has compared what has come
            piece.undo()
        elif isinstance(error, ClientDisconnect):
            await blocks.flush()
        raise


def announced(checksum: str | None) -> tuple[str, bytes | None]:
    """The algorithm and the digest of an Upload-Checksum; None where there is no such header.

    Raises:
        InvalidParameter: the header is something else.
    """
    if checksum is None:
        return CHECKSUMS[0], None
    name, _, text = checksum.partition(" ")
    try:
        digest = base64.b64decode(text, validate=True)
    except ValueError:
        digest = b""
    if name not in CHECKSUMS or not digest:
        raise InvalidParameter(
            f"Expected Upload-Checksum: {' or '.join(CHECKSUMS)}, a blank and the digest in "
            f"Base64, got {checksum!r:.60}."
        )
    return name, digest


def filename_of(metadata: str | None) -> str:
    """The `filename` in the header Upload-Metadata; "file" where it says none."""
    for pair in (metadata or "").split(","):
        key, _, value = pair.strip().partition(" ")
        if key == "filename":
            try:
                return base64.b64decode(value, validate=True).decode() or "file"
            except ValueError as error:
                raise InvalidParameter(
                    f"Expected a filename of UTF-8 in Base64 in Upload-Metadata, got {value!r:.60}."
                ) from error
    return "file"

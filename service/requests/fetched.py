"""A file that is to be fetched: `{"url": …, "sha256": …}` in place of its bytes."""

import hashlib
from collections.abc import Awaitable, Callable
from typing import Annotated
from urllib.parse import unquote, urlsplit

from fastapi import Request
from pydantic import BaseModel, ConfigDict, Field

from service.outbound.fetcher import Fetcher
from service.requests.blocks import Blocks
from service.requests.json_body import body_of, parsed, validated
from service.requests.presence import while_present
from worker.data.magic import HEAD_BYTES
from worker.errors import InvalidParameter, LimitExceeded
from worker.operations.upload import Upload
from worker.spec import PlainUrl


class FileAddress(BaseModel):
    """Where a file is, and what it must be."""

    model_config = ConfigDict(extra="forbid", strict=True)

    url: PlainUrl = Field(description="Its host must be in PURR_IMPORT_HOSTS.")
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")] | None = Field(
        None, description="Of its bytes; another file is refused."
    )


async def receive(request: Request, upload: Upload, fetcher: Fetcher, most: int) -> None:
    """Fetch the file that the request's body names into the upload.

    Args:
        most: bytes that the body may have.

    Raises:
        RequestValidationError: the body is no address.
        ClientLeft: nobody waits for the answer any more.
        InvalidParameter: files may not come from there, or it is not the file that was meant.
        FetchFailed, LimitExceeded: as the fetcher says.
        TooLarge, UnsupportedFile, StoreFull: as of a file that is sent.
    """
    address = address_of(await body_of(request, most), most)
    await while_present(request, into(upload, address, fetcher))


async def into(upload: Upload, address: FileAddress, fetcher: Fetcher) -> None:
    """Fetch a file into the upload.

    Raises:
        WorkerError: as `receive` says.
    """
    upload.begin(unquote(urlsplit(address.url).path.rpartition("/")[2]) or "file")
    # The first bytes at once, since by them a file may be refused.
    blocks = Blocks(upload.write, wants_all=lambda: upload.bytes < HEAD_BYTES)
    digest = await _fetch(address, fetcher, blocks.add)
    await blocks.flush()
    _check_digest(address, digest)


async def picture(address: FileAddress, fetcher: Fetcher, most: int) -> bytes:
    """Returns the file of a picture at an address.

    Raises:
        LimitExceeded: it has more bytes than this.
        InvalidParameter, FetchFailed, LimitExceeded: as `receive` says.
    """
    data = bytearray()

    async def take(piece: bytes) -> None:
        nonlocal data
        data += piece
        if len(data) > most:
            raise LimitExceeded(
                f"Expected a picture of at most {most:,} bytes, got more; send it smaller.", "/url"
            )

    _check_digest(address, await _fetch(address, fetcher, take))
    return bytes(data)


async def _fetch(
    address: FileAddress, fetcher: Fetcher, take: Callable[[bytes], Awaitable[None]]
) -> str:
    """Have the bytes of a file taken as they come, and return their sha256."""
    digest = hashlib.sha256()

    async def digested(piece: bytes) -> None:
        digest.update(piece)
        await take(piece)

    await fetcher.fetch(address.url, digested)
    return digest.hexdigest()


def _check_digest(address: FileAddress, digest: str) -> None:
    if address.sha256 not in (None, digest):
        raise InvalidParameter(
            f"Expected a file with the sha256 {address.sha256}, got one with {digest}. Look "
            "whether it has changed, or was changed on its way.",
            "/sha256",
        )


def address_of(body: bytes, most: int) -> FileAddress:
    """Returns the address that a JSON body is.

    Raises:
        RequestValidationError: it is none.
        TooLarge: it has more bytes than this.
    """
    return validated(FileAddress, parsed(body, most))

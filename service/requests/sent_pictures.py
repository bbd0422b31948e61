"""The pictures that a request brings, and what their files are called."""

import re
from typing import Any, NamedTuple

from fastapi import Request
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException

from service.requests.json_body import kind_of, parse
from worker.data.magic import looks_like
from worker.data.pictures import inline
from worker.data.pictures.formats import TITLES
from worker.data.pictures.pixels import is_picture
from worker.errors import InvalidParameter, UnsupportedFile

FORM = "multipart/form-data"
MAX_IMAGES = 64
MAX_NAME = 200  # characters of a file's name in an answer
# Whether pictures in JSON are listed, or one is to be fetched. A limit of blanks because all wait
# while it is looked for.
FIELD = re.compile(rb'[ \t\r\n]{0,4096}\{[ \t\r\n]{0,4096}"(images|url|sha256)"')


class Sent(NamedTuple):
    """A picture as it came, or why it is none; only the part of a form has a name."""

    name: str | None
    data: bytes | InvalidParameter


async def pictures_of(request: Request) -> list[Sent]:
    """Returns the pictures of a body: the parts of a form, or the body itself.

    Raises:
        InvalidParameter: a form has other parts than images, or too many.
        UnsupportedFile: the body is no picture.
    """
    if kind_of(request) == FORM:
        return await parts_of(request)
    return [single(request, await request.body())]


def single(request: Request, body: bytes) -> Sent:
    """Returns the picture that a body is.

    The type that the client declares is often wrong, so the bytes decide.

    Raises:
        UnsupportedFile: the body is no picture.
    """
    if not is_picture(body):
        raise UnsupportedFile(
            f"Expected one {TITLES} picture, a NumPy array of rows, multipart/form-data with image "
            "parts, or Content-Type: application/json with rows or images, but the bytes look like "
            f"{looks_like(body)} and Content-Type is {kind_of(request)!r:.60}."
        )
    return Sent(None, body)


def listed(body: bytes) -> list[Sent]:
    """Returns the pictures of a JSON body, `{"images": ["data:image/png;base64,…", …]}`; what is
    none is kept as the error that says so.

    Raises:
        HTTPException: 400; it is no JSON.
        InvalidParameter: it has other fields too, no pictures, or too many.
    """
    expected = f"Expected 1 to {MAX_IMAGES} pictures in base64 as 'images', and nothing else"
    # Each has one comma at most within, and one behind it. More would become an object for each.
    if body.count(b",") >= 2 * MAX_IMAGES:
        raise InvalidParameter(f"{expected}, got more.", "/images")
    found = parse(body)
    if found.keys() != {"images"}:
        raise InvalidParameter(f"{expected}, got the fields {sorted(found)!r:.200}.")
    images = found["images"]
    if not isinstance(images, list) or not 1 <= len(images) <= MAX_IMAGES:
        came = f"{len(images):,}" if isinstance(images, list) else "no list"
        raise InvalidParameter(f"{expected}, got {came}.", "/images")
    return [Sent(None, _decoded(text)) for text in images]


def _decoded(text: Any) -> bytes | InvalidParameter:
    if not isinstance(text, str):
        return InvalidParameter(f"Expected a picture as a text, got {text!r:.40}.")
    try:
        return inline.decoded(text)
    except InvalidParameter as error:
        return error


async def parts_of(request: Request) -> list[Sent]:
    """Returns the parts named `image`.

    Raises:
        InvalidParameter: there are other parts, or too many.
    """
    expected = f"Expected 1 to {MAX_IMAGES} parts named 'image', each a file"
    try:
        async with request.form(max_files=MAX_IMAGES, max_fields=0) as form:
            parts = form.multi_items()
            if not parts or any(name != "image" for name, _ in parts):
                found = sorted({name for name, _ in parts}) or "none"
                raise InvalidParameter(f"{expected}, got {found}.", "/image")
            files = [part for _, part in parts if isinstance(part, UploadFile)]
            return [
                Sent((part.filename or "")[:MAX_NAME] or None, await part.read()) for part in files
            ]
    except HTTPException as error:
        if error.status_code != 400:
            raise
        raise InvalidParameter(f"{expected}, but: {error.detail}", "/image") from error

"""The pictures that a request brings, and what their files are called."""

from typing import NamedTuple

from fastapi import Request
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException

from service.requests.json_body import kind_of
from worker.data.magic import looks_like
from worker.data.pictures.formats import TITLES
from worker.data.pictures.pixels import is_picture
from worker.errors import InvalidParameter, UnsupportedFile

MAX_IMAGES = 64
MAX_NAME = 200  # characters of a file's name in an answer


class Sent(NamedTuple):
    """A picture as it came; the body of a request alone has no name."""

    name: str | None
    data: bytes


async def pictures_of(request: Request) -> list[Sent]:
    """Returns the pictures of a body: the parts of a form, or the body itself.

    The type that the client declares is often wrong, so the bytes decide.

    Raises:
        InvalidParameter: a form has other parts than images, or too many.
        UnsupportedFile: the body is no picture.
    """
    if kind_of(request) == "multipart/form-data":
        return await parts_of(request)
    data = await request.body()
    if not is_picture(data):
        raise UnsupportedFile(
            f"Expected one {TITLES} picture, multipart/form-data with image parts, or "
            f"Content-Type: application/json with rows, but the bytes look like {looks_like(data)} "
            f"and Content-Type is {kind_of(request)!r:.60}."
        )
    return [Sent(None, data)]


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

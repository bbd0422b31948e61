"""A request for predictions from its body to the bytes of the answer."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial

from anyio.to_thread import run_sync
from fastapi import Request, Response
from pydantic_core import to_json
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException

from service.decoding import decoded
from service.presence import while_present
from service.rooms import Rooms
from worker.errors import InvalidParameter, LimitExceeded, UnsupportedFile
from worker.loaded_models import Loaded
from worker.predict import Prediction

MAX_IMAGES = 64
PICTURES = ("image/jpeg", "image/png", "image/webp")

Predict = Callable[[], Iterator[Prediction]]


async def answer(
    request: Request, rooms: Rooms, name: str, version: int | None, top: int
) -> Response:
    """What the model says of whatever the body is."""
    model = await run_sync(rooms.predictor.model, name, version, limiter=rooms.computing)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    predict: Predict
    if kind == "application/json":
        predict = partial(rooms.predictor.of_rows, model, await request.body(), top)
    elif kind in PICTURES:
        predict = await _of_pictures(request, rooms, model, [await request.body()], top)
    elif kind == "multipart/form-data":
        predict = await _of_pictures(request, rooms, model, await images(request), top)
    else:
        raise UnsupportedFile(
            f"Expected {', '.join(PICTURES)}, multipart/form-data with image parts, or JSON with "
            f"rows; got content type {kind or 'none'!r:.60}."
        )
    most = rooms.settings.max_answer_bytes
    body = await run_sync(lambda: encoded(model, predict(), most), limiter=rooms.computing)
    return Response(body, media_type="application/json")


async def _of_pictures(
    request: Request, rooms: Rooms, model: Loaded, pictures: list[bytes], top: int
) -> Predict:
    pixels = await while_present(request, decoded(rooms.decoders, pictures, model.preprocessing))
    return partial(rooms.predictor.of_pictures, model, pixels, top)


async def images(request: Request) -> list[bytes]:
    """The parts named `image`."""
    expected = f"Expected 1 to {MAX_IMAGES} parts named 'image', each a file"
    try:
        async with request.form(max_files=MAX_IMAGES, max_fields=0) as form:
            parts = form.multi_items()
            if not parts or any(name != "image" for name, _ in parts):
                found = sorted({name for name, _ in parts}) or "none"
                raise InvalidParameter(f"{expected}, got {found}.", "/image")
            return [await part.read() for _, part in parts if isinstance(part, UploadFile)]
    except HTTPException as error:
        if error.status_code != 400:
            raise
        raise InvalidParameter(f"{expected}, but: {error.detail}", "/image") from error


def encoded(model: Loaded, predictions: Iterable[Prediction], most: int) -> bytes:
    """The answer as JSON.

    Raises:
        LimitExceeded: it grows over so many bytes.
    """
    pieces = [to_json({"model": model.name, "version": model.version})[:-1], b',"predictions":[']
    size = 0
    for prediction in predictions:
        piece = to_json(prediction)
        size += len(piece) + 1
        if size > most:
            raise LimitExceeded(
                f"Expected an answer of at most {most:,} bytes, but this one grows larger. Send "
                "fewer rows, or ask for a smaller top."
            )
        pieces += (piece, b",")
    return b"".join([*pieces[:-1], b"]}"])

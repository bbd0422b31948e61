"""Pictures or rows in, probabilities out."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from pydantic_core import from_json
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException

from service.deps import PredictorDep, SettingsDep
from service.schemas import Answer, Rows
from worker.errors import InvalidParameter, UnsupportedFile
from worker.predict import Predictor

router = APIRouter(prefix="/v1", tags=["predictions"])

MAX_IMAGES = 64
PICTURES = ("image/jpeg", "image/png", "image/webp")
BINARY = {"type": "string", "format": "binary"}
IMAGES = {"type": "array", "items": BINARY, "minItems": 1, "maxItems": MAX_IMAGES}
BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            **{picture: {"schema": BINARY} for picture in PICTURES},
            "multipart/form-data": {"schema": {"type": "object", "properties": {"image": IMAGES}}},
            "application/json": {"schema": Rows.model_json_schema()},
        },
    }
}


@router.post("/predict", openapi_extra=BODY)
async def predict(request: Request, predictor: PredictorDep, settings: SettingsDep) -> Answer:
    """Ask the default model, or else the one that was published last."""
    name = settings.default_model
    if name is None:
        name = await run_in_threadpool(predictor.newest)
    return await answer(request, predictor, name, None)


@router.post("/models/{name}/predict", openapi_extra=BODY)
async def predict_by_name(name: str, request: Request, predictor: PredictorDep) -> Answer:
    """Ask the newest version of a model."""
    return await answer(request, predictor, name, None)


@router.post("/models/{name}/versions/{version}/predict", openapi_extra=BODY)
async def predict_by_version(
    name: str, version: int, request: Request, predictor: PredictorDep
) -> Answer:
    """Ask one version of a model."""
    return await answer(request, predictor, name, version)


async def answer(request: Request, predictor: Predictor, name: str, version: int | None) -> Answer:
    """What the model says of whatever the body is."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind in PICTURES:
        pictures = [await request.body()]
        said = await run_in_threadpool(predictor.pictures, name, version, pictures)
    elif kind == "multipart/form-data":
        said = await run_in_threadpool(predictor.pictures, name, version, await images(request))
    elif kind == "application/json":
        rows = await run_in_threadpool(rows_of, await request.body())
        said = await run_in_threadpool(predictor.rows, name, version, rows)
    else:
        raise UnsupportedFile(
            f"Expected {', '.join(PICTURES)}, multipart/form-data with image parts, or JSON with "
            f"rows; got content type {kind or 'none'!r:.60}."
        )
    return Answer(**said)


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


def rows_of(body: bytes) -> list[list[float]]:
    try:
        rows = Rows.model_validate_json(body).rows
    except ValidationError as error:
        found = [{**fault, "loc": ("body", *fault["loc"])} for fault in error.errors()]
        whole = found[0]["type"] != "json_invalid"
        raise RequestValidationError(found, body=from_json(body) if whole else None) from error
    if not rows:
        raise InvalidParameter("Expected at least one row, got none.", "/rows")
    return rows

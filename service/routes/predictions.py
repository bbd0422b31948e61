"""Pictures or rows in, probabilities out."""

from typing import Any

from fastapi import Request, Response
from starlette.concurrency import run_in_threadpool

from service.access.scopes import PREDICT, ScopedRouter
from service.deps import AliasName, StateDep, VersionNumber
from service.middleware.limits import LINES
from service.openapi.contract import problems
from service.requests.asked_options import OptionsDep
from service.requests.fetched import FileAddress
from service.requests.sent_pictures import MAX_IMAGES
from service.responses.predictions import answer
from service.schemas.predictions import Answer, Images, Rows

router = ScopedRouter(prefix="/v1", tags=["predictions"], needs={"POST": PREDICT})

BINARY = {"type": "string", "format": "binary"}
IMAGES = {"type": "array", "items": BINARY, "minItems": 1, "maxItems": MAX_IMAGES}
FORM = {
    "type": "object",
    "required": ["image"],
    "properties": {"image": IMAGES},
    "additionalProperties": False,
}
ASKED = {"anyOf": [kind.model_json_schema() for kind in (Rows, Images, FileAddress)]}
BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "One picture, whatever its type is said to be; a form of pictures; rows, "
        "pictures in base64, or the address of one, in JSON; a NumPy array of rows. Or, as "
        f"{LINES}, lines of JSON, each a row or a picture in base64, which are answered as they "
        "come.",
        "content": {
            "application/octet-stream": {"schema": BINARY},
            "multipart/form-data": {"schema": FORM},
            "application/json": {"schema": ASKED},
        },
    }
}
POST: dict[str, Any] = {
    "openapi_extra": BODY,
    "response_model": Answer,
    "responses": {200: {"content": {LINES: {"schema": BINARY}}}, **problems(404, 429, 502)},
}


@router.post("/predict", **POST)
async def predict(request: Request, app_state: StateDep, options: OptionsDep) -> Response:
    """Ask the champion of the default model, or else of the one that was published last."""
    name = await run_in_threadpool(app_state.models.default)
    return await answer(request, app_state, options, name)


@router.post("/models/{name}/predict", **POST)
async def predict_by_name(
    name: str, request: Request, app_state: StateDep, options: OptionsDep
) -> Response:
    """Ask the champion of a model: the version that was promoted last."""
    return await answer(request, app_state, options, name)


@router.post("/models/{name}/aliases/{alias}/predict", **POST)
async def predict_by_alias(
    name: str, alias: AliasName, request: Request, app_state: StateDep, options: OptionsDep
) -> Response:
    """Ask the version of a model that an alias names."""
    return await answer(request, app_state, options, name, alias=alias)


@router.post("/models/{name}/versions/{version}/predict", **POST)
async def predict_by_version(
    name: str, version: VersionNumber, request: Request, app_state: StateDep, options: OptionsDep
) -> Response:
    """Ask one version of a model."""
    return await answer(request, app_state, options, name, version=version)

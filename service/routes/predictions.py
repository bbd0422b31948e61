"""Pictures or rows in, probabilities out."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from service.deps import StateDep, VersionNumber
from service.openapi.contract import problems
from service.requests.sent_pictures import MAX_IMAGES
from service.responses.predictions import answer
from service.schemas.predictions import Answer, Rows

router = APIRouter(prefix="/v1", tags=["predictions"])

TOP = 10  # classes whose probabilities are told unless more are asked for
BINARY = {"type": "string", "format": "binary"}
IMAGES = {"type": "array", "items": BINARY, "minItems": 1, "maxItems": MAX_IMAGES}
FORM = {
    "type": "object",
    "required": ["image"],
    "properties": {"image": IMAGES},
    "additionalProperties": False,
}
REFUSALS = problems(404, 429)
BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "One picture, whatever its type is said to be; a form of pictures; or rows.",
        "content": {
            "application/octet-stream": {"schema": BINARY},
            "multipart/form-data": {"schema": FORM},
            "application/json": {"schema": Rows.model_json_schema()},
        },
    }
}

Top = Annotated[
    int, Query(ge=1, le=1_000_000, description="The most classes whose probabilities are told.")
]


@router.post("/predict", openapi_extra=BODY, response_model=Answer, responses=REFUSALS)
async def predict(request: Request, app_state: StateDep, top: Top = TOP) -> Response:
    """Ask the champion of the default model, or else of the one that was published last."""
    name = await run_in_threadpool(app_state.models.default)
    return await answer(request, app_state, name, None, top)


@router.post(
    "/models/{name}/predict", openapi_extra=BODY, response_model=Answer, responses=REFUSALS
)
async def predict_by_name(
    name: str, request: Request, app_state: StateDep, top: Top = TOP
) -> Response:
    """Ask the champion of a model: the version that was promoted last."""
    return await answer(request, app_state, name, None, top)


@router.post(
    "/models/{name}/versions/{version}/predict",
    openapi_extra=BODY,
    response_model=Answer,
    responses=REFUSALS,
)
async def predict_by_version(
    name: str, version: VersionNumber, request: Request, app_state: StateDep, top: Top = TOP
) -> Response:
    """Ask one version of a model."""
    return await answer(request, app_state, name, version, top)

"""Models over the Open Inference Protocol, version 2."""

from typing import Any

from fastapi import Request, Response

from service.access.scopes import OPEN, PREDICT, READ_OR_PREDICT, ScopedRouter
from service.deps import StateDep
from service.errors import CODES, problem
from service.inference_protocol import metadata
from service.inference_protocol.inference import infer
from service.inference_protocol.named_model import named
from service.inference_protocol.paths import PREFIX
from service.inference_protocol.readiness import model_is_away, server_is_away
from service.openapi.contract import problems
from service.schemas.inference import (
    INFERENCE_REQUEST,
    IndexedVersion,
    InferenceAnswer,
    Live,
    ModelMetadata,
    ModelReady,
    Ready,
    ServerMetadata,
)

router = ScopedRouter(
    prefix=PREFIX,
    tags=["inference protocol"],
    needs={
        "GET": READ_OR_PREDICT,
        "POST": PREDICT,
        f"POST {PREFIX}/repository/index": READ_OR_PREDICT,
        f"GET {PREFIX}/health/live": OPEN,
        f"GET {PREFIX}/health/ready": OPEN,
    },
)

BYTES = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
# Not read by FastAPI: clients send JSON and say nothing of it, or that it is something else.
BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "JSON, and the bytes of tensors behind it.",
        "content": {"application/json": {"schema": INFERENCE_REQUEST}, **BYTES},
    }
}
ANSWER: dict[int | str, Any] = {200: {"content": BYTES}, **problems(404, 429)}


@router.get("/health/live")
async def show_live() -> Live:
    """The process answers."""
    return Live(live=True)


@router.get("/health/ready", response_model=Ready)
def show_ready(request: Request, app_state: StateDep) -> Response | Ready:
    """Models can be asked; Redis and workers are not needed for that."""
    return _refusal(request, server_is_away(app_state)) or Ready(ready=True)


@router.get("")
async def show_server() -> ServerMetadata:
    """What this is, and which extensions it has."""
    return metadata.SERVER


@router.post("/repository/index")
def list_repository(app_state: StateDep) -> list[IndexedVersion]:
    """All versions of all models."""
    return metadata.index(app_state)


@router.get("/models/{name}", response_model_exclude_none=True, responses=problems(404))
def show_model_metadata(name: str, app_state: StateDep) -> ModelMetadata:
    """The tensors that the champion of a model takes and answers with."""
    return metadata.described(app_state, named(app_state, name, None))


@router.get(
    "/models/{name}/versions/{version}", response_model_exclude_none=True, responses=problems(404)
)
def show_version_metadata(name: str, version: str, app_state: StateDep) -> ModelMetadata:
    """The tensors of one version, or of the one that an alias names."""
    return metadata.described(app_state, named(app_state, name, version))


@router.get("/models/{name}/ready", response_model=ModelReady, responses=problems(404))
def show_model_ready(name: str, request: Request, app_state: StateDep) -> Response | ModelReady:
    """Whether the champion of a model can answer; it is loaded for that."""
    refusal = _refusal(request, model_is_away(app_state, name, None))
    return refusal or ModelReady(name=name, ready=True)


@router.get(
    "/models/{name}/versions/{version}/ready", response_model=ModelReady, responses=problems(404)
)
def show_version_ready(
    name: str, version: str, request: Request, app_state: StateDep
) -> Response | ModelReady:
    """Whether one version, or the one that an alias names, can answer."""
    refusal = _refusal(request, model_is_away(app_state, name, version))
    return refusal or ModelReady(name=name, ready=True)


@router.post(
    "/models/{name}/infer", openapi_extra=BODY, response_model=InferenceAnswer, responses=ANSWER
)
async def infer_by_name(name: str, request: Request, app_state: StateDep) -> Response:
    """Ask the champion of a model."""
    return await infer(request, app_state, name, None)


@router.post(
    "/models/{name}/versions/{version}/infer",
    openapi_extra=BODY,
    response_model=InferenceAnswer,
    responses=ANSWER,
)
async def infer_by_version(
    name: str, version: str, request: Request, app_state: StateDep
) -> Response:
    """Ask one version of a model, or the one that an alias names."""
    return await infer(request, app_state, name, version)


def _refusal(request: Request, why: str | None) -> Response | None:
    return None if why is None else problem(503, CODES[503], why, request.state.request_id)

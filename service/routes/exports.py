"""Models to be taken away: as ONNX, and as a bundle that answers by itself."""

from collections.abc import Callable
from functools import partial
from typing import Annotated, Literal

from anyio.to_thread import run_sync
from fastapi import Query, Request, Response

from service.access.scopes import READ, ScopedRouter
from service.deps import StateDep, VersionNumber
from service.openapi.contract import Responses, problems
from service.requests.presence import while_present
from service.responses.etags import knows
from service.responses.transfers import FileResponse, Pieces, pieces_of
from service.state import AppState
from worker.export import bundle
from worker.jsontypes import Json
from worker.store.exports import INT8, MODEL

router = ScopedRouter(prefix="/v1/models", tags=["models"], needs={"GET": READ})

ONNX, ZIP = "application/octet-stream", "application/zip"
REFUSALS: Responses = {304: {"description": "As you know it."}, **problems(404, 409, 429, 507)}
Precision = Literal["float32", "int8"]
FILES: dict[Precision, str] = {"float32": MODEL, "int8": INT8}


def sent(media_type: str) -> Responses:
    content = {media_type: {"schema": {"type": "string", "format": "binary"}}}
    return {200: {"content": content}, **REFUSALS}


@router.get("/{name}/versions/{version}/model.onnx", response_class=Response, responses=sent(ONNX))
async def download_onnx(
    name: str,
    version: VersionNumber,
    request: Request,
    app_state: StateDep,
    precision: Annotated[Precision, Query(description="Of the weights.")] = "float32",
) -> Response:
    """The whole model as one ONNX file: all preprocessing but the resize, and its backbone."""
    about = await _exported(name, version, request, app_state)
    which, files = FILES[precision], app_state.store.exports
    tag = f'"{about["files"].get(which, "")}"'
    shown = f"{name}-{version}{which.removeprefix('model')}"

    def opened() -> tuple[Pieces, int | None]:
        found = files.file(name, version, which)
        return pieces_of(found.file), found.size_bytes

    return await _sent(request, app_state, ONNX, shown, tag, opened)


@router.get("/{name}/versions/{version}/bundle.zip", response_class=Response, responses=sent(ZIP))
async def download_bundle(
    name: str, version: VersionNumber, request: Request, app_state: StateDep
) -> Response:
    """The ONNX file, the weights, a model card, and a program that answers by them and checks
    itself."""
    about = await _exported(name, version, request, app_state)
    make = partial(bundle.bundle_of, app_state.store, name, version, about)
    made = await run_sync(make, limiter=app_state.threads.exporting)

    def opened() -> tuple[Pieces, int | None]:
        return bundle.pieces(app_state.store, made), None

    return await _sent(request, app_state, ZIP, f"{name}-{version}.zip", f'"{made.digest}"', opened)


async def _exported(name: str, version: int, request: Request, app_state: AppState) -> Json:
    """What is known of an export, which is made where it is not there."""
    ready = partial(app_state.exports.ready, name, version)
    return await while_present(request, run_sync(ready, limiter=app_state.threads.exporting))


async def _sent(
    request: Request,
    app_state: AppState,
    media_type: str,
    shown: str,
    tag: str,
    opened: Callable[[], tuple[Pieces, int | None]],
) -> Response:
    """A download under this name, unless the client has it."""
    headers = {"ETag": tag, "Cache-Control": "no-cache"}
    if knows(request, tag):
        return Response(status_code=304, headers=headers)
    pieces, size = await run_sync(opened, limiter=app_state.threads.exporting)
    headers["Content-Disposition"] = f'attachment; filename="{shown}"'
    if size is not None:
        headers["Content-Length"] = str(size)
    return FileResponse(pieces, app_state.transfers, media_type, headers)

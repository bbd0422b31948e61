"""Networks of others that make features of pictures."""

from fastapi import Request, Response
from starlette.concurrency import run_in_threadpool

from service.access.scopes import READ, TRAIN, ScopedRouter
from service.deps import After, BackbonesDep, Limit, StateDep
from service.openapi.contract import problems
from service.openapi.upload_body import FILE, upload_body
from service.requests import uploads
from service.requests.asked_backbone import AskedBackboneDep
from service.responses.location import locate
from service.responses.pages import page
from service.schemas.backbones import Backbone
from service.schemas.common import Page

router = ScopedRouter(
    prefix="/v1/backbones", tags=["backbones"], needs={"GET": READ, "POST": TRAIN, "DELETE": TRAIN}
)


@router.post("", status_code=202, openapi_extra=upload_body(FILE), responses=problems(429, 507))
async def add_backbone(
    request: Request,
    response: Response,
    backbones: BackbonesDep,
    app_state: StateDep,
    asked: AskedBackboneDep,
) -> Backbone:
    """Take in a network in ONNX, whole in one file, of which the features are used.

    Answered once the file is safe on disk; it is looked at and tried behind `state`. The same file
    with the same name and options is the same backbone.
    """
    await run_in_threadpool(backbones.check_room)
    with app_state.transfers.slot(), backbones.receive() as (backbone_id, upload):
        await uploads.receive(request, upload)
        record = await run_in_threadpool(
            backbones.accept_network, backbone_id, upload, asked.name, asked.options
        )
    locate(f"/v1/backbones/{record.id}", request, response)
    return Backbone.of(record, backbones.bytes(record))


@router.get("", response_model=Page[Backbone])
def list_backbones(backbones: BackbonesDep, limit: Limit = 50, after: After = None) -> Response:
    """All backbones, the newest first."""
    found = backbones.page(None, limit + 1, after)
    told = ((record.id, Backbone.of(record, backbones.bytes(record))) for record in found)
    return page(told, limit)


@router.get("/{backbone}", responses=problems(404))
def show_backbone(backbone: str, backbones: BackbonesDep) -> Backbone:
    """What is known about one backbone, by its id or its name."""
    record = backbones.find(backbone)
    return Backbone.of(record, backbones.bytes(record))


@router.post("/{backbone}/cancel", responses=problems(404, 409, 507))
def cancel_backbone(backbone: str, backbones: BackbonesDep) -> Backbone:
    """End the import of a backbone and discard what it did."""
    record = backbones.cancel(backbones.find(backbone).id)
    return Backbone.of(record, backbones.bytes(record))


@router.delete("/{backbone}", status_code=204, responses=problems(404, 409, 507))
def delete_backbone(backbone: str, backbones: BackbonesDep) -> None:
    """Delete a backbone that no model needs, for good."""
    backbones.delete(backbone)

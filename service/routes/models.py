"""What was trained and can be asked."""

from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic_core import to_json

from service.deps import After, Limit, StateDep, StoreDep, VersionNumber
from service.openapi.contract import problems
from service.responses.pages import listed, page
from service.responses.transfers import FileResponse, pieces_of
from service.schemas.common import Page
from service.schemas.models import Model, Version
from service.schemas.scores import Evaluation
from worker.errors import ModelNotFound
from worker.store.store import Store

router = APIRouter(prefix="/v1/models", tags=["models"])

BINARY = "application/octet-stream"

AfterVersion = Annotated[
    int | None, Query(ge=1, le=2**31, description="The `next` of the page before.")
]


@router.get("", response_model=Page[Model])
def list_models(store: StoreDep, limit: Limit = 50, after: After = None) -> Response:
    """All models by name, each with its newest version alone."""
    names = (
        name
        for name in store.models.names()
        if name > (after or "") and store.models.versions(name)
    )
    return page(((name, newest_of(store, name)) for name in names), limit)


def newest_of(store: Store, name: str) -> Model:
    versions = store.models.versions(name)
    newest = Version(**store.models.manifest(name, versions[-1]))
    return Model(name=name, newest=versions[-1], total=len(versions), versions=[newest], next=None)


@router.get("/{name}", response_model=Model, responses=problems(404))
def show_model(
    name: str, store: StoreDep, limit: Limit = 50, after: AfterVersion = None
) -> Response:
    """One model and its versions, the newest first."""
    versions = store.models.versions(name)[::-1]
    if not versions:
        raise ModelNotFound(f"No model has the name {name}.")
    older = (version for version in versions if after is None or version < after)
    found = ((str(v), Version(**store.models.manifest(name, v))) for v in older)
    shown, behind = listed(found, limit)
    about = to_json({"name": name, "newest": versions[0], "total": len(versions), "next": behind})
    body = b'%s,"versions":[%s]}' % (about[:-1], shown)
    return Response(body, media_type="application/json")


@router.get("/{name}/versions/{version}", responses=problems(404))
def show_version(name: str, version: VersionNumber, store: StoreDep) -> Version:
    """One version: its spec, what it was trained on and how well it did."""
    return Version(**store.models.manifest(name, version))


@router.get(
    "/{name}/versions/{version}/evaluation",
    response_model=Evaluation,
    responses=problems(404, 429),
)
def show_version_evaluation(
    name: str, version: VersionNumber, store: StoreDep, app_state: StateDep
) -> Response:
    """All that was measured of one version, its confusions whatever the number of classes."""
    file = pieces_of(store.models.evaluation(name, version))
    return FileResponse(file, app_state.transfers, "application/json")


@router.get(
    "/{name}/versions/{version}/weights.safetensors",
    response_class=Response,
    responses={
        200: {"content": {BINARY: {"schema": {"type": "string", "format": "binary"}}}},
        **problems(404, 429),
    },
)
def download_weights(
    name: str, version: VersionNumber, store: StoreDep, app_state: StateDep
) -> Response:
    """The arrays W1, b1, …, WL, bL; they take raw pixels, the normalization is in them."""
    weights = store.models.weights(name, version)
    headers = {
        "Content-Disposition": f'attachment; filename="{name}-{version}.safetensors"',
        "Content-Length": str(weights.size_bytes),
    }
    return FileResponse(pieces_of(weights.file), app_state.transfers, BINARY, headers)

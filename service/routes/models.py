"""What was trained and can be asked."""

from fastapi import Response
from pydantic_core import to_json

from service.access.scopes import READ, ScopedRouter
from service.deps import (
    After,
    AfterVersion,
    Limit,
    ModelsDep,
    StateDep,
    TrashedAlone,
    VersionNumber,
)
from service.openapi.contract import problems
from service.requests.filters import WantedModels
from service.responses.pages import listed, page
from service.responses.transfers import FileResponse, pieces_of
from service.schemas.common import Page
from service.schemas.models import Model, Version, about
from service.schemas.scores import Evaluation

router = ScopedRouter(prefix="/v1/models", tags=["models"], needs={"GET": READ})

BINARY = "application/octet-stream"


@router.get("", response_model=Page[Model])
def list_models(
    models: ModelsDep,
    wanted: WantedModels,
    limit: Limit = 50,
    after: After = None,
    state: TrashedAlone = None,
) -> Response:
    """All models by name, or those that learned from one dataset, with these tags, each with its
    newest version alone: those in use, or what is in the trash."""
    found = (models.trashed_page if state else models.page)(after, wanted)
    told = ((name, None if model is None else Model.of(model)) for name, model in found)
    return page(told, limit)


@router.get("/{name}", response_model=Model, responses=problems(404))
def show_model(
    name: str, models: ModelsDep, limit: Limit = 50, after: AfterVersion = None
) -> Response:
    """One model and its versions, the newest first."""
    model = models.get(name, before=after)
    versions = (Version(**manifest) for manifest in model.manifests)
    shown, behind = listed(((str(one.version), one) for one in versions), limit)
    body = b'%s,"versions":[%s]}' % (to_json({**about(model), "next": behind})[:-1], shown)
    return Response(body, media_type="application/json")


@router.get("/{name}/versions", response_model=Page[Version], responses=problems(404))
def list_model_versions(
    name: str,
    models: ModelsDep,
    limit: Limit = 50,
    after: AfterVersion = None,
    state: TrashedAlone = None,
) -> Response:
    """The versions of a model, the newest first: those in use, or those in the trash."""
    found = (models.trashed if state else models.get)(name, before=after)
    versions = (Version(**manifest) for manifest in found.manifests)
    return page(((str(one.version), one) for one in versions), limit)


@router.get("/{name}/versions/{version}", responses=problems(404))
def show_version(name: str, version: VersionNumber, models: ModelsDep) -> Version:
    """One version: its spec, what it was trained on and how well it did."""
    return Version(**models.version(name, version))


@router.get(
    "/{name}/versions/{version}/evaluation",
    response_model=Evaluation,
    responses=problems(404, 429),
)
def show_version_evaluation(
    name: str, version: VersionNumber, models: ModelsDep, app_state: StateDep
) -> Response:
    """All that was measured of one version, its confusions whatever the number of classes."""
    file = pieces_of(models.evaluation(name, version))
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
    name: str, version: VersionNumber, models: ModelsDep, app_state: StateDep
) -> Response:
    """The arrays W1, b1, …, WL, bL; they take raw pixels, the normalization is in them."""
    weights = models.weights(name, version)
    headers = {
        "Content-Disposition": f'attachment; filename="{name}-{version}.safetensors"',
        "Content-Length": str(weights.size_bytes),
    }
    return FileResponse(pieces_of(weights.file), app_state.transfers, BINARY, headers)

"""What was trained and can be asked."""

import os
from collections.abc import Iterator
from typing import BinaryIO

from fastapi import APIRouter, Response
from starlette.responses import StreamingResponse

from service.deps import After, Limit, StoreDep
from service.schemas import Model, Page, Version
from worker.errors import ModelNotFound
from worker.store import Store

router = APIRouter(prefix="/v1/models", tags=["models"])

BINARY = "application/octet-stream"
PIECE_BYTES = 2**16


def model_of(store: Store, name: str) -> Model:
    versions = store.versions(name)[::-1]
    if not versions:
        raise ModelNotFound(f"No model has the name {name}.")
    return Model(
        name=name,
        newest=versions[0],
        versions=[Version(**store.model_manifest(name, version)) for version in versions],
    )


@router.get("")
def list_models(store: StoreDep, limit: Limit = 50, after: After = None) -> Page[Model]:
    """All models by name."""
    names = [name for name in store.model_names() if name > (after or "") and store.versions(name)]
    return Page(
        data=[model_of(store, name) for name in names[:limit]],
        next=names[limit - 1] if len(names) > limit else None,
    )


@router.get("/{name}")
def show_model(name: str, store: StoreDep) -> Model:
    """One model and its versions."""
    return model_of(store, name)


@router.get("/{name}/versions/{version}")
def show_version(name: str, version: int, store: StoreDep) -> Version:
    """One version: its spec, what it was trained on and how well it did."""
    return Version(**store.model_manifest(name, version))


@router.get(
    "/{name}/versions/{version}/weights.safetensors",
    response_class=Response,
    responses={200: {"content": {"application/octet-stream": {}}}},
)
def download_weights(name: str, version: int, store: StoreDep) -> Response:
    """The arrays W1, b1, …, WL, bL; they take raw pixels, the normalization is in them."""
    file = store.weights(name, version)
    headers = {
        "Content-Disposition": f'attachment; filename="{name}-{version}.safetensors"',
        "Content-Length": str(os.fstat(file.fileno()).st_size),
    }
    return StreamingResponse(pieces(file), headers=headers, media_type=BINARY)


def pieces(file: BinaryIO) -> Iterator[bytes]:
    """The file as the client takes it."""
    with file:
        while piece := file.read(PIECE_BYTES):
            yield piece

"""What a job has published, among the artifacts of its run and in MLflow's registry of models."""

import json
from collections.abc import Generator, Iterator
from urllib.parse import urlsplit

from starlette.concurrency import run_in_threadpool

from service.responses.transfers import pieces_of
from service.tracking.mlflow.model_description import FOLDER, description
from service.tracking.mlflow.tracked_run import TrackedRun
from service.tracking.mlflow.tracking_server import EXISTS, TrackingFailed, TrackingServer
from service.tracking.parameters import shown
from worker.export import bundle
from worker.jobs.record import Record
from worker.jsontypes import Json
from worker.store.exports import MODEL
from worker.store.store import Store

Files = Iterator[tuple[str, Generator[bytes, None, None], int | None]]


class Elsewhere(Exception):
    """The artifacts of a run lie where only MLflow's own client can put them."""


async def kept(
    server: TrackingServer, run: TrackedRun, store: Store, record: Record, about: Json | None
) -> None:
    """Keep the spec of a job among the artifacts of its run, and the version that it published, if
    it is exported; then register that. What is there already is replaced by the same.

    Args:
        about: what is known of the export; None without one.

    Raises:
        Elsewhere: nothing can be kept.
        ModelNotFound: the version is gone.
    """
    folder = place(run.artifacts)
    spec = json.dumps(shown(record.body), indent=1).encode()
    await server.put_file(f"{folder}/spec.json", in_one(spec), len(spec))
    if about is None or record.version is None:
        return
    files = files_of(store, run, record.body["model"], record.version, about)
    while (file := await run_in_threadpool(next, files, None)) is not None:
        name, pieces, size = file
        await server.put_file(f"{folder}/{name}", pieces, size)
    await registered(server, run, record)


def place(artifacts: str) -> str:
    """Returns the path of a run's files below those that the server itself keeps.

    Raises:
        Elsewhere: it does not keep them itself.
    """
    parts = urlsplit(artifacts)
    if parts.scheme != "mlflow-artifacts" or parts.netloc:
        raise Elsewhere(
            f"Expected artifacts that the MLflow server keeps, `mlflow-artifacts:/…`, found "
            f"{parts.scheme or 'a folder'}:… Start it with --artifacts-destination to have the "
            "model of the next job there."
        )
    return parts.path.strip("/")


def files_of(store: Store, run: TrackedRun, name: str, version: int, about: Json) -> Files:
    """Yields the files of a version: their names, their pieces, and sizes in bytes if known."""
    manifest = store.models.manifest(name, version)
    for which, text in description(run.id, manifest, about).items():
        yield f"{FOLDER}/{which}", in_one(text), len(text)
    model = store.exports.file(name, version, MODEL)
    yield f"{FOLDER}/{MODEL}", pieces_of(model.file), model.size_bytes
    whole = bundle.bundle_of(store, name, version, about)
    yield "bundle.zip", bundle.pieces(store, whole), None


def in_one(text: bytes) -> Generator[bytes, None, None]:
    yield text


async def registered(server: TrackingServer, run: TrackedRun, record: Record) -> None:
    """Register a version, unless it is. MLflow counts its versions itself; a tag has ours."""
    name = record.body["model"]
    try:
        await server.post("registered-models/create", name=name)
    except TrackingFailed as error:
        if error.code != EXISTS:
            raise
    query = {"filter": f"run_id = '{run.id}'", "max_results": "1"}
    if (await server.get("model-versions/search", **query)).get("model_versions"):
        return
    await server.post(
        "model-versions/create",
        name=name,
        run_id=run.id,
        source=f"{run.artifacts}/{FOLDER}",
        tags=[{"key": "purrceptron.version", "value": str(record.version)}],
    )

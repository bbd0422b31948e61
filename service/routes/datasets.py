"""Uploads and what became of them."""

from fastapi import Request, Response
from starlette.concurrency import run_in_threadpool

from service.access.scopes import READ, TRAIN, ScopedRouter
from service.deps import After, DatasetsDep, Limit, StateDep
from service.openapi.contract import problems
from service.openapi.upload_body import FILE, upload_body
from service.requests import fetched, uploads
from service.requests.asked_import import AskedDep
from service.requests.fetched import FileAddress
from service.requests.filters import DatasetFilters
from service.requests.json_body import is_json
from service.responses.dataset import told_of
from service.responses.location import locate
from service.responses.pages import page
from service.schemas.common import Page
from service.schemas.datasets import Dataset

router = ScopedRouter(
    prefix="/v1/datasets", tags=["datasets"], needs={"GET": READ, "POST": TRAIN, "DELETE": TRAIN}
)

UPLOAD = upload_body(
    {"type": "array", "items": FILE, "minItems": 1, "maxItems": 16},
    **{"application/json": FileAddress.model_json_schema()},
)


@router.post("", status_code=202, openapi_extra=UPLOAD, responses=problems(429, 502, 507))
async def upload_dataset(
    request: Request,
    response: Response,
    datasets: DatasetsDep,
    app_state: StateDep,
    asked: AskedDep,
) -> Dataset:
    """Take in pictures: arrays in HDF5, NPZ or NPY files, or zips or tars of class folders. Or a
    table: rows with named columns in CSV, JSON Lines, Parquet or Arrow files.

    `{"url": …, "sha256": …}` in JSON has the service fetch a file, if its host is allowed. Answered
    once the files are safe on disk; the import goes on behind `state`.
    """
    await run_in_threadpool(datasets.check_room)
    with app_state.transfers.slot(), datasets.receive() as (dataset_id, upload):
        if is_json(request):
            most = app_state.settings.max_json_bytes
            await fetched.receive(request, upload, app_state.fetcher, most)
        else:
            await uploads.receive(request, upload)
        record = await run_in_threadpool(datasets.accept, dataset_id, upload, asked.as_body())
    locate(f"/v1/datasets/{record.id}", request, response)
    return Dataset.of(record, upload.bytes)


@router.get("", response_model=Page[Dataset])
def list_datasets(
    datasets: DatasetsDep, filters: DatasetFilters, limit: Limit = 50, after: After = None
) -> Response:
    """All datasets but those in the trash, or those in one state, of one kind, with these tags, the
    newest first."""
    found = datasets.filtered(*filters, limit + 1, after)
    told = ((each, None if record is None else told_of(record, datasets)) for each, record in found)
    return page(told, limit)


@router.get("/{dataset_id}", responses=problems(404))
def show_dataset(dataset_id: str, datasets: DatasetsDep) -> Dataset:
    """What is known about one dataset."""
    return told_of(datasets.get(dataset_id), datasets)


@router.delete("/{dataset_id}", status_code=204, responses=problems(404, 409, 507))
def delete_dataset(dataset_id: str, datasets: DatasetsDep) -> None:
    """Put a dataset that no job needs any more into the trash; models that learned from it stay."""
    datasets.delete(dataset_id)


@router.post("/{dataset_id}/restore", responses=problems(404, 409, 507))
def restore_dataset(dataset_id: str, datasets: DatasetsDep) -> Dataset:
    """Take a dataset out of the trash, as it was."""
    return told_of(datasets.restore(dataset_id), datasets)


@router.post("/{dataset_id}/cancel", responses=problems(404, 409, 507))
def cancel_import(dataset_id: str, datasets: DatasetsDep) -> Dataset:
    """End an import and discard what it did; one that is under way ends within a second."""
    return told_of(datasets.cancel(dataset_id), datasets)

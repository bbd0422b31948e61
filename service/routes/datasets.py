"""Uploads and what became of them."""

from functools import partial
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from service.deps import After, DatasetsDep, Limit, StateDep
from service.openapi.contract import problems
from service.requests import uploads
from service.requests.names import DatasetName
from service.responses.location import locate
from service.responses.pages import page
from service.schemas.common import Page
from service.schemas.datasets import Dataset
from worker.data.options import ArrayName, ChannelOrder, ImportOptions, Resize, Side
from worker.jobs.record import Record
from worker.operations.datasets import Datasets

router = APIRouter(prefix="/v1/datasets", tags=["datasets"])

FILE = {"type": "string", "format": "binary", "minLength": 1}
UPLOAD = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "additionalProperties": False,
                    "properties": {
                        "file": {
                            "type": "array",
                            "items": FILE,
                            "minItems": 1,
                            "maxItems": 16,
                        }
                    },
                }
            },
            "application/octet-stream": {"schema": FILE},
        },
    }
}


@router.post("", status_code=202, openapi_extra=UPLOAD, responses=problems(429, 507))
async def upload_dataset(
    request: Request,
    response: Response,
    datasets: DatasetsDep,
    app_state: StateDep,
    name: DatasetName = "dataset",
    image_size: Annotated[Side | None, Query()] = None,
    resize: Annotated[Resize | None, Query()] = None,
    channel_order: Annotated[ChannelOrder | None, Query()] = None,
    x: Annotated[ArrayName | None, Query()] = None,
    y: Annotated[ArrayName | None, Query()] = None,
) -> Dataset:
    """Take in pictures: arrays in HDF5, NPZ or NPY files, or zips or tars of class folders.

    Answered once the files are safe on disk; the import goes on behind `state`.
    """
    options = ImportOptions(
        image_size=image_size, resize=resize, channel_order=channel_order, x=x, y=y
    )
    with app_state.transfers.slot(), datasets.receive() as (dataset_id, upload):
        await uploads.receive(request, upload)
        record = await run_in_threadpool(datasets.accept, dataset_id, upload, name, options)
    locate(f"/v1/datasets/{record.id}", request, response)
    return Dataset.of(record, upload.bytes)


@router.get("", response_model=Page[Dataset])
def list_datasets(
    datasets: DatasetsDep,
    limit: Limit = 50,
    after: After = None,
    state: Annotated[Literal["trashed"] | None, Query()] = None,
) -> Response:
    """All datasets, the newest first: those in use, or those in the trash."""
    found = datasets.trashed if state else partial(datasets.page, None)
    told = ((record.id, told_of(record, datasets)) for record in found(limit + 1, after))
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


def told_of(record: Record, datasets: Datasets) -> Dataset:
    """A dataset as it is answered, with its size."""
    return Dataset.of(record, datasets.bytes(record.id))

"""Uploads and what became of them."""

from typing import Annotated

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
from worker.data.options import ArrayName, ChannelOrder, ColumnName, ImportOptions, Resize, Side

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
    label: Annotated[ColumnName | None, Query()] = None,
    leave_out: Annotated[list[ColumnName] | None, Query()] = None,
) -> Dataset:
    """Take in pictures: arrays in HDF5, NPZ or NPY files, or zips or tars of class folders. Or a
    table: rows with named columns in CSV, JSON Lines, Parquet or Arrow files.

    Answered once the files are safe on disk; the import goes on behind `state`.
    """
    options = ImportOptions(
        image_size=image_size,
        resize=resize,
        channel_order=channel_order,
        x=x,
        y=y,
        label=label,
        leave_out=None if leave_out is None else tuple(leave_out),
    )
    with app_state.transfers.slot(), datasets.receive() as (dataset_id, upload):
        await uploads.receive(request, upload)
        record = await run_in_threadpool(datasets.accept, dataset_id, upload, name, options)
    locate(f"/v1/datasets/{record.id}", request, response)
    return Dataset.of(record)


@router.get("", response_model=Page[Dataset])
def list_datasets(datasets: DatasetsDep, limit: Limit = 50, after: After = None) -> Response:
    """All datasets, the newest first."""
    records = datasets.page(None, limit + 1, after)
    return page(((record.id, Dataset.of(record)) for record in records), limit)


@router.get("/{dataset_id}", responses=problems(404))
def show_dataset(dataset_id: str, datasets: DatasetsDep) -> Dataset:
    """What is known about one dataset."""
    return Dataset.of(datasets.get(dataset_id))


@router.delete("/{dataset_id}", status_code=204, responses=problems(404, 409))
def delete_dataset(dataset_id: str, datasets: DatasetsDep) -> None:
    """Delete a dataset that no job needs any more; models that learned from it stay."""
    datasets.delete(dataset_id)


@router.post("/{dataset_id}/cancel", responses=problems(404, 409, 507))
def cancel_import(dataset_id: str, datasets: DatasetsDep) -> Dataset:
    """End an import and discard what it did; one that is under way ends within a second."""
    return Dataset.of(datasets.cancel(dataset_id))

"""Versions of datasets: made by edits, listed, compared, row by row."""

from functools import partial
from typing import Annotated

from anyio.to_thread import run_sync
from fastapi import Query, Request, Response

from service.access.scopes import READ, TRAIN, ScopedRouter
from service.deps import AfterVersion, DatasetsDep, Limit, StateDep, VersionsDep
from service.openapi.contract import Responses, problems
from service.requests.json_body import StrictRoute
from service.requests.presence import while_present
from service.responses.dataset import told_of
from service.responses.location import locate
from service.responses.pages import page
from service.responses.split_csv import as_csv
from service.responses.transfers import FileResponse
from service.schemas.common import Page
from service.schemas.datasets import Dataset
from service.schemas.differences import Difference
from worker.spec import EditsSpec
from worker.spec.names import DatasetId

router = ScopedRouter(
    prefix="/v1/datasets/{dataset_id}",
    tags=["datasets"],
    route_class=StrictRoute,
    needs={"GET": READ, "POST": TRAIN},
)

CSV: Responses = {200: {"content": {"text/csv": {"schema": {"type": "string"}}}}}
Other = Annotated[DatasetId, Query(description="Id of the dataset to compare with.")]


@router.post(
    "/versions",
    status_code=202,
    responses={
        200: {"model": Dataset, "description": "It was asked for before."},
        **problems(404, 409, 507),
    },
)
def edit_dataset(
    dataset_id: str,
    edits: EditsSpec,
    datasets: DatasetsDep,
    versions: VersionsDep,
    request: Request,
    response: Response,
) -> Dataset:
    """Make a new version of a dataset, which itself never changes. Answered once the request is
    safe on disk; the version is made behind `state`, as an import."""
    made = versions.make(dataset_id, edits)
    response.status_code = 202 if made.is_new else 200
    locate(f"/v1/datasets/{made.record.id}", request, response)
    return told_of(made.record, datasets)


@router.get("/versions", response_model=Page[Dataset], responses=problems(404))
def list_versions(
    dataset_id: str,
    datasets: DatasetsDep,
    versions: VersionsDep,
    limit: Limit = 50,
    after: AfterVersion = None,
) -> Response:
    """All versions of the upload from which a dataset comes, the newest first."""
    found = (told_of(record, datasets) for record in versions.of(dataset_id, before=after))
    return page(((str(each.version), each) for each in found), limit)


@router.get("/split.csv", response_class=Response, responses={**CSV, **problems(404, 409, 429)})
def list_rows(dataset_id: str, versions: VersionsDep, app_state: StateDep) -> Response:
    """The exact split: a line for each row, with its class and the sha256 of its bytes."""
    return FileResponse(as_csv(versions.rows(dataset_id)), app_state.transfers, "text/csv")


@router.get("/diff", responses=problems(404, 409))
async def compare_datasets(
    dataset_id: str,
    to: Other,
    request: Request,
    versions: VersionsDep,
    app_state: StateDep,
    limit: Limit = 50,
) -> Difference:
    """What becomes of the rows of a dataset in another one; rows are known again by their bytes."""
    compare = partial(versions.difference, dataset_id, to, limit)
    found = await while_present(request, run_sync(compare, limiter=app_state.threads.surveying))
    return Difference.model_validate(found)

"""Looking at a dataset: a sheet of its pictures, its rows, what its numbers are like."""

from collections.abc import Callable
from functools import partial
from typing import Annotated

from anyio.to_thread import run_sync
from fastapi import Path, Query, Request, Response
from pydantic_core import to_json
from starlette.concurrency import run_in_threadpool

from service.access.scopes import READ, ScopedRouter
from service.deps import StateDep, ViewsDep
from service.openapi.contract import Responses, problems
from service.requests.presence import while_present
from service.responses.etags import unless_known
from service.responses.negotiation import VARY, preferred
from service.schemas.dataset_views import DatasetRow, SplitName, Statistics
from service.threads import Threads
from worker.data.sheet.choice import MOST

router = ScopedRouter(prefix="/v1/datasets", tags=["datasets"], needs={"GET": READ})

PNG = "image/png"
PICTURE = {PNG: {"schema": {"type": "string", "format": "binary"}}}
REFUSALS: Responses = {304: {"description": "As you know it."}, **problems(404, 409)}

Split = Annotated[SplitName, Query(description="Of the dataset.")]
RowNumber = Annotated[int, Path(ge=0, le=2**31 - 1, description="Counted from 0.")]


@router.get(
    "/{dataset_id}/preview.png",
    response_class=Response,
    responses={200: {"content": PICTURE}, **REFUSALS},
)
async def show_preview(
    dataset_id: str,
    request: Request,
    app_state: StateDep,
    split: Split = "train",
    class_name: Annotated[
        str | None, Query(alias="class", max_length=256, description="The one that is shown alone.")
    ] = None,
    rows: Annotated[int | None, Query(ge=1, le=MOST, description="Pictures of each class.")] = None,
) -> Response:
    """A sheet with some pictures of each class, or of one. Those that findings name have frames."""
    draw = partial(app_state.views.sheet, dataset_id, split, class_name, rows)
    return await _drawn(request, draw, app_state.threads)


@router.get(
    "/{dataset_id}/evidence/{code}.png",
    response_class=Response,
    responses={200: {"content": PICTURE}, **REFUSALS},
)
async def show_evidence(
    dataset_id: str,
    code: Annotated[str, Path(description="Of a finding whose `evidence` has rows.")],
    request: Request,
    app_state: StateDep,
) -> Response:
    """A sheet with the pictures that a finding names; side by side those that it names as alike."""
    draw = partial(app_state.views.evidence, dataset_id, code)
    return await _drawn(request, draw, app_state.threads)


@router.get(
    "/{dataset_id}/rows/{row}.png",
    response_class=Response,
    responses={200: {"content": PICTURE}, **REFUSALS},
)
def show_picture(
    dataset_id: str, row: RowNumber, request: Request, views: ViewsDep, split: Split = "train"
) -> Response:
    """The picture of a row, with exactly the pixels that the dataset has."""
    return unless_known(request, views.picture(dataset_id, split, row), PNG)


@router.get(
    "/{dataset_id}/rows/{row}",
    response_model=DatasetRow,
    responses={200: {"content": PICTURE}, **REFUSALS},
)
def show_row(
    dataset_id: str, row: RowNumber, request: Request, views: ViewsDep, split: Split = "train"
) -> Response:
    """What is known of a row; for `Accept: image/png`, its picture."""
    found = views.row(dataset_id, split, row)
    if found.values is None and preferred(request, [PNG, "application/json"]) == PNG:
        return unless_known(request, views.picture(dataset_id, split, row), PNG, VARY)
    path = f"{request.scope['root_path']}/v1/datasets/{dataset_id}/rows/{row}.png?split={split}"
    shown = DatasetRow(
        dataset=dataset_id,
        split=split,
        row=row,
        picture=path if found.values is None else None,
        **found._asdict(),
    )
    return unless_known(request, shown.model_dump_json().encode(), headers=VARY)


@router.get(
    "/{dataset_id}/statistics",
    response_model=Statistics,
    responses=REFUSALS,
)
async def show_statistics(dataset_id: str, request: Request, app_state: StateDep) -> Response:
    """What the numbers of each split and class are like. The first time, all rows are read."""
    found = await run_in_threadpool(app_state.views.known_statistics, dataset_id)
    if found is None:
        compute = partial(app_state.views.statistics, dataset_id)
        found = await while_present(request, run_sync(compute, limiter=app_state.threads.surveying))
    return unless_known(request, to_json(found))


async def _drawn(request: Request, draw: Callable[[], bytes], threads: Threads) -> Response:
    """A PNG, which takes time to draw."""
    sheet = await while_present(request, run_sync(draw, limiter=threads.drawing))
    return unless_known(request, sheet, PNG)

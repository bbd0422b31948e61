"""Jobs: submit, look, wait, retry, cancel, stop, pause, resume."""

from typing import Annotated

from fastapi import Header, Query, Request, Response
from pydantic import BeforeValidator

from service.access.scopes import READ, TRAIN, ScopedRouter
from service.deps import After, JobsDep, Limit, StateDep
from service.openapi.contract import problems
from service.requests.filters import JobFilters
from service.requests.json_body import StrictRoute
from service.requests.retry import Retry
from service.responses.epochs import EPOCHS, layers_of
from service.responses.job import job_answer
from service.responses.location import locate
from service.responses.negotiation import preferred
from service.responses.pages import page
from service.responses.transfers import FileResponse, pieces_of
from service.schemas.common import Page
from service.schemas.jobs import Epoch, FoldedEpoch, Job, RetriedJob
from service.schemas.scores import Evaluation
from worker.jobs.record import State
from worker.spec import JobSpec
from worker.spec.recipes import expanded

router = ScopedRouter(
    prefix="/v1/jobs", tags=["jobs"], route_class=StrictRoute, needs={"GET": READ, "POST": TRAIN}
)

MOVED = problems(404, 409, 507)  # what a move from one state to another may meet
# The spec that a body asks for; what it names by a recipe is there once it is read.
Submission = Annotated[JobSpec, BeforeValidator(expanded)]
IdempotencyKey = Annotated[
    str | None,
    Header(
        min_length=1,
        max_length=255,
        pattern=r"^[\x21-\x7e]+$",
        description="Says that two requests are one; any characters that can be printed.",
    ),
]


@router.post("", status_code=202, responses=problems(404, 409, 507))
def submit_job(
    spec: Submission,
    jobs: JobsDep,
    app_state: StateDep,
    request: Request,
    response: Response,
    idempotency_key: IdempotencyKey = None,
) -> Job:
    """Accept a job. A `recipe` gives the fields that the body does not. The answer is sent once the
    job is safe on disk. Sent again with the same `Idempotency-Key` within a day, it is the same
    job."""
    record = app_state.submissions.submit(spec, idempotency_key)
    locate(f"/v1/jobs/{record.id}", request, response)
    return Job.of(record, jobs.position(record.id), summary=jobs.summary(record))


@router.get("", response_model=Page[Job])
def list_jobs(
    jobs: JobsDep,
    filters: JobFilters,
    state: State | None = None,
    limit: Limit = 50,
    after: After = None,
) -> Response:
    """All jobs, or those in one state, of one model, from one dataset, with these tags, the newest
    first."""
    found = jobs.filtered([state] if state else [], filters, limit + 1, after)
    told = ((each, None if record is None else Job.of(record)) for each, record in found)
    return page(told, limit)


@router.get(
    "/{job_id}",
    response_model=Job,
    responses={304: {"description": "As you know it."}, **problems(404, 429)},
)
async def show_job(
    job_id: str,
    request: Request,
    app_state: StateDep,
    wait: Annotated[float, Query(ge=0, description="Seconds to wait for the state to change.")] = 0,
) -> Response:
    """Where a job stands; with `wait`, once that has changed or the seconds have passed. While its
    dataset is there, `summary` has a row for each layer of its network. Answers 304 to an
    `If-None-Match` with the `ETag` that is still true."""
    return await job_answer(request, app_state, job_id, wait)


@router.post("/{job_id}/retry", status_code=202, responses=problems(404, 409, 507))
def retry_job(
    job_id: str,
    retry: Retry,
    jobs: JobsDep,
    app_state: StateDep,
    request: Request,
    response: Response,
    idempotency_key: IdempotencyKey = None,
) -> RetriedJob:
    """Submit a job's spec again as a new job, changed as its findings or a patch say."""
    record, changes = app_state.submissions.retry(job_id, retry, idempotency_key)
    locate(f"/v1/jobs/{record.id}", request, response)
    return RetriedJob.of(record, jobs.position(record.id), changes=changes)


@router.post("/{job_id}/cancel", responses=MOVED)
def cancel_job(job_id: str, jobs: JobsDep) -> Job:
    """End a job and discard what it did; a running one ends at its next step."""
    return Job.of(jobs.cancel(job_id))


@router.post("/{job_id}/stop", responses=MOVED)
def stop_job(job_id: str, jobs: JobsDep) -> Job:
    """End a job early and keep the model; a running one ends at its next step."""
    return Job.of(jobs.stop(job_id), jobs.position(job_id))


@router.post("/{job_id}/pause", responses=MOVED)
def pause_job(job_id: str, jobs: JobsDep) -> Job:
    """Keep what a job has learned so far, and let its worker do something else."""
    return Job.of(jobs.pause(job_id))


@router.post("/{job_id}/resume", responses=MOVED)
def resume_job(job_id: str, jobs: JobsDep) -> Job:
    """Let a paused job go on where it was."""
    return Job.of(jobs.resume(job_id), jobs.position(job_id))


@router.get("/{job_id}/evaluation", response_model=Evaluation, responses=problems(404, 409, 429))
def show_evaluation(job_id: str, jobs: JobsDep, app_state: StateDep) -> Response:
    """All that was measured of the model that a job made, its confusions whatever the number of
    classes."""
    return FileResponse(pieces_of(jobs.evaluation(job_id)), app_state.transfers, "application/json")


@router.get(
    "/{job_id}/metrics",
    response_model=Page[FoldedEpoch | Epoch],
    responses={
        200: {"content": {"text/csv": {"schema": {"type": "string"}}}},
        **problems(404, 429),
    },
)
def show_metrics(
    job_id: str,
    request: Request,
    jobs: JobsDep,
    app_state: StateDep,
    limit: Annotated[int | None, Query(ge=1, le=10_000)] = None,
    after: Annotated[int, Query(ge=0, description="The `next` of the page before.")] = 0,
) -> Response:
    """A row for each epoch so far; CSV for `Accept: text/csv`."""
    job = jobs.get(job_id)
    epochs = jobs.metrics(job, limit, after)
    layers = layers_of(job.body["network"], jobs.metrics(job, 1, 0))
    kind = preferred(request, [*EPOCHS])
    pieces = EPOCHS[kind](epochs, layers, job.body.get("folds") is not None)
    return FileResponse(pieces, app_state.transfers, kind)

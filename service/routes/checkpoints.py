"""Checkpoints of a job: listed, and published as a version of its model."""

from typing import Annotated

from fastapi import Path, Request, Response

from service.access.scopes import READ, TRAIN, ScopedRouter
from service.deps import JobsDep, StateDep
from service.openapi.contract import problems
from service.requests.json_body import StrictRoute
from service.responses.location import locate
from service.routes.jobs import IdempotencyKey
from service.schemas.common import Page
from service.schemas.jobs import Checkpoint, RetriedJob

router = ScopedRouter(
    prefix="/v1/jobs/{job_id}/checkpoints",
    tags=["jobs"],
    route_class=StrictRoute,
    needs={"GET": READ, "POST": TRAIN},
)


@router.get("", responses=problems(404))
def list_checkpoints(job_id: str, jobs: JobsDep) -> Page[Checkpoint]:
    """The checkpoints that a job has kept, the newest first: at most as many as `keep_checkpoints`
    of its spec says."""
    found = [Checkpoint(**kept._asdict()) for kept in jobs.checkpoints(job_id)]
    return Page(data=found, next=None)


@router.post("/{epoch}/publish", status_code=202, responses=problems(404, 409, 507))
def publish_checkpoint(
    job_id: str,
    epoch: Annotated[int, Path(ge=1, le=2**31 - 1, description="Of the checkpoint.")],
    jobs: JobsDep,
    app_state: StateDep,
    request: Request,
    response: Response,
    idempotency_key: IdempotencyKey = None,
) -> RetriedJob:
    """Submit a job that measures the network as it was at the end of this epoch, and publishes it
    as the next version of the model."""
    record, changes = app_state.submissions.publish(job_id, epoch, idempotency_key)
    locate(f"/v1/jobs/{record.id}", request, response)
    return RetriedJob.of(record, jobs.position(record.id), changes=changes)

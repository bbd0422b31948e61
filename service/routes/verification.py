"""A version of a model that is trained again, to see whether it comes to the same weights."""

from fastapi import Request, Response

from service.access.scopes import TRAIN, ScopedRouter
from service.deps import JobsDep, VersionNumber
from service.openapi.contract import problems
from service.responses.location import locate
from service.routes.jobs import IdempotencyKey
from service.schemas.jobs import Job

router = ScopedRouter(
    prefix="/v1/models/{name}/versions/{version}", tags=["models"], needs={"POST": TRAIN}
)


@router.post("/verify", status_code=202, responses=problems(404, 409, 507))
def verify_version(
    name: str,
    version: VersionNumber,
    jobs: JobsDep,
    request: Request,
    response: Response,
    idempotency_key: IdempotencyKey = None,
) -> Job:
    """Submit a job that trains this version again and compares it epoch by epoch; it publishes
    nothing, and its `result` says what came of it."""
    record = jobs.verify(name, version, idempotency_key)
    locate(f"/v1/jobs/{record.id}", request, response)
    return Job.of(record, jobs.position(record.id), summary=jobs.summary(record))

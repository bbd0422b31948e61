"""What a job would take."""

from anyio.to_thread import run_sync
from fastapi import Request, Response

from service.access.scopes import READ_OR_TRAIN, ScopedRouter
from service.deps import StateDep
from service.openapi.contract import problems
from service.requests.json_body import StrictRoute
from service.requests.presence import while_present
from service.routes.jobs import Submission
from service.schemas.estimates import Estimate

router = ScopedRouter(
    prefix="/v1/jobs", tags=["jobs"], route_class=StrictRoute, needs={"POST": READ_OR_TRAIN}
)


@router.post("/estimate", response_model=Estimate, responses=problems(404, 409, 507))
async def estimate_job(spec: Submission, request: Request, app_state: StateDep) -> Response:
    """What the job would take that this spec asks for: time, memory, disk, and the wait for a
    worker; and whether what it trains is sound. Nothing is submitted, and what would be refused is
    refused. An idle worker begins the phases of the job for two seconds at most; without one, all
    is told by arithmetic."""

    def found() -> str:
        return Estimate.of(app_state.submissions.estimate(spec)).model_dump_json()

    found_by_thread = run_sync(found, limiter=app_state.threads.estimating)
    body = await while_present(request, found_by_thread)
    return Response(body, media_type="application/json")

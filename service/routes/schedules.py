"""Schedules: jobs that are made again and again, by cron or whenever a dataset gets a version."""

from fastapi import Request, Response

from service.access.scopes import READ, TRAIN, ScopedRouter
from service.deps import After, Limit, SchedulesDep, StateDep
from service.openapi.contract import problems
from service.requests.json_body import StrictRoute
from service.responses.location import locate
from service.responses.pages import page
from service.routes.jobs import IdempotencyKey
from service.schemas.common import Page
from service.schemas.schedules import Schedule
from worker.operations.sweep_request import at_spec
from worker.spec.retraining import RetrainingSpec

router = ScopedRouter(
    prefix="/v1/schedules",
    tags=["schedules"],
    route_class=StrictRoute,
    needs={"GET": READ, "POST": TRAIN, "DELETE": TRAIN},
)

CHANGED = problems(404, 507)


@router.post("", status_code=201, responses=problems(404, 409, 507))
def submit_schedule(
    spec: RetrainingSpec,
    schedules: SchedulesDep,
    app_state: StateDep,
    request: Request,
    response: Response,
    idempotency_key: IdempotencyKey = None,
) -> Schedule:
    """Accept a schedule: a job's spec, and when a job is made of it. The answer is sent once it is
    safe on disk. Sent again with the same `Idempotency-Key` within a day, it is the same
    schedule."""
    with at_spec():
        app_state.webhooks.check(spec.spec.webhook)
    found = schedules.submit(spec, idempotency_key)
    locate(f"/v1/schedules/{found.id}", request, response)
    return Schedule.of(found)


@router.get("", response_model=Page[Schedule])
def list_schedules(schedules: SchedulesDep, limit: Limit = 50, after: After = None) -> Response:
    """All schedules, the newest first."""
    found = schedules.page(limit + 1, after)
    return page(((each.id, Schedule.of(each)) for each in found), limit)


@router.get("/{schedule_id}", responses=problems(404))
def show_schedule(schedule_id: str, schedules: SchedulesDep) -> Schedule:
    """When its next job is made, and what became of those before."""
    return Schedule.of(schedules.get(schedule_id))


@router.post("/{schedule_id}/pause", responses=CHANGED)
def pause_schedule(schedule_id: str, schedules: SchedulesDep) -> Schedule:
    """Make no more jobs; one that is under way goes on."""
    return Schedule.of(schedules.pause(schedule_id))


@router.post("/{schedule_id}/resume", responses=CHANGED)
def resume_schedule(schedule_id: str, schedules: SchedulesDep) -> Schedule:
    """Let a paused schedule go on; what would have come meanwhile is not made up for."""
    return Schedule.of(schedules.resume(schedule_id))


@router.delete("/{schedule_id}", status_code=204, responses=CHANGED)
def delete_schedule(schedule_id: str, schedules: SchedulesDep) -> None:
    """Forget a schedule; the jobs that it has made stay."""
    schedules.delete(schedule_id)

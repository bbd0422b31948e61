"""Sweeps: several jobs that differ in some fields, under one id."""

from collections.abc import Callable

from anyio.to_thread import run_sync
from fastapi import Request, Response

from service.access.scopes import READ, TRAIN, ScopedRouter
from service.deps import After, Limit, StateDep, SweepsDep
from service.openapi.contract import problems
from service.requests.json_body import StrictRoute
from service.responses.location import locate
from service.responses.pages import page
from service.routes.jobs import IdempotencyKey
from service.schemas.common import Page
from service.schemas.sweeps import Sweep, SweepSummary
from service.state import AppState
from worker.operations.sweep import Sweep as Found
from worker.operations.sweep_request import at_spec
from worker.operations.sweeps import Sweeps
from worker.spec.sweep import SweepSpec

router = ScopedRouter(
    prefix="/v1/sweeps",
    tags=["sweeps"],
    route_class=StrictRoute,
    needs={"GET": READ, "POST": TRAIN},
)

MOVED = problems(404, 409, 507)  # what a move from one state to another may meet


async def told(app_state: AppState, find: Callable[[Sweeps], Found]) -> Sweep:
    """Returns a sweep that a thread finds and judges, which may take seconds."""

    def judged() -> Sweep:
        sweeps = app_state.sweeps
        found = find(sweeps)
        return Sweep.judged(found, sweeps.judged(found))

    return await run_sync(judged, limiter=app_state.threads.judging)


@router.post("", status_code=202, responses=problems(404, 409, 507))
async def submit_sweep(
    spec: SweepSpec,
    app_state: StateDep,
    request: Request,
    response: Response,
    idempotency_key: IdempotencyKey = None,
) -> Sweep:
    """Accept a sweep: candidates that differ in some fields of a job's spec, each of which becomes
    a job. The answer is sent once it is safe on disk. Sent again with the same `Idempotency-Key`
    within a day, it is the same sweep."""

    def submitted(sweeps: Sweeps) -> Found:
        with at_spec():
            app_state.webhooks.check(spec.spec.webhook)
        return sweeps.submit(spec, idempotency_key)

    found = await told(app_state, submitted)
    locate(f"/v1/sweeps/{found.id}", request, response)
    return found


@router.get("", response_model=Page[SweepSummary])
def list_sweeps(sweeps: SweepsDep, limit: Limit = 50, after: After = None) -> Response:
    """All sweeps, the newest first, without their leaderboards."""
    found = sweeps.page(limit + 1, after)
    return page(((each.id, SweepSummary.of(each)) for each in found), limit)


@router.get("/{sweep_id}", responses=problems(404))
async def show_sweep(sweep_id: str, app_state: StateDep) -> Sweep:
    """Where a sweep stands: its candidates, the best by the rows to validate first."""
    return await told(app_state, lambda sweeps: sweeps.get(sweep_id))


@router.post("/{sweep_id}/cancel", responses=MOVED)
async def cancel_sweep(sweep_id: str, app_state: StateDep) -> Sweep:
    """End a sweep and those of its jobs that are not over."""
    return await told(app_state, lambda sweeps: sweeps.cancel(sweep_id))


@router.post("/{sweep_id}/pause", responses=MOVED)
async def pause_sweep(sweep_id: str, app_state: StateDep) -> Sweep:
    """Pause all of its jobs, and make no more of them."""
    return await told(app_state, lambda sweeps: sweeps.pause(sweep_id))


@router.post("/{sweep_id}/resume", responses=MOVED)
async def resume_sweep(sweep_id: str, app_state: StateDep) -> Sweep:
    """Let a paused sweep go on where it was."""
    return await told(app_state, lambda sweeps: sweeps.resume(sweep_id))

"""How a version does since it answers."""

from typing import Annotated

from anyio.to_thread import run_sync
from fastapi import Query

from service.access.scopes import READ, ScopedRouter
from service.deps import StateDep, VersionNumber
from service.openapi.contract import problems
from service.schemas.live import LiveVersion

router = ScopedRouter(
    prefix="/v1/models/{name}/versions/{version}", tags=["models"], needs={"GET": READ}
)

Hours = Annotated[int, Query(ge=1, le=365 * 24, description="Until now, of which is told.")]


@router.get("/live", responses=problems(404))
async def show_live_version(
    name: str, version: VersionNumber, app_state: StateDep, hours: Hours = 7 * 24
) -> LiveVersion:
    """How often a version was right, of the predictions that were judged, and whether what it is
    asked is still what it has learned from."""

    def told() -> LiveVersion:
        return LiveVersion.of(app_state.live_answers.live.of(name, version, hours))

    return await run_sync(told, limiter=app_state.threads.surveying)

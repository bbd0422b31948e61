"""What takes the room of the store."""

from anyio.to_thread import run_sync

from service.access.scopes import READ, ScopedRouter
from service.deps import StateDep
from service.schemas.usage import Usage

router = ScopedRouter(prefix="/v1", tags=["about"], needs={"GET": READ})

COUNT_S = 60.0  # for which a count is told again


@router.get("/usage")
async def show_usage(app_state: StateDep) -> Usage:
    """Bytes and files by their kind, and the largest datasets, models and jobs; counted once a
    minute at most."""
    counting = app_state.store.usage.at_most
    found = await run_sync(counting, COUNT_S, limiter=app_state.threads.surveying)
    return Usage.of(found, app_state.store)

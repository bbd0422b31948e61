"""What is kept for how long, and what would go now."""

from anyio.to_thread import run_sync

from service.access.scopes import READ, ScopedRouter
from service.deps import RetentionDep, StateDep
from service.schemas.retention import Retention

router = ScopedRouter(prefix="/v1", tags=["about"], needs={"GET": READ})


@router.get("/retention")
async def show_retention(app_state: StateDep, retention: RetentionDep) -> Retention:
    """For how long what is kept stays, and what would go now; nothing goes by asking."""

    def look() -> Retention:
        return Retention.of(retention.policy, retention.due())

    return await run_sync(look, limiter=app_state.threads.surveying)

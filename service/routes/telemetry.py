"""Numbers about the service, for Prometheus."""

from anyio.to_thread import run_sync
from fastapi import Request, Response

from service.access.scopes import READ, ScopedRouter
from service.deps import StateDep, TelemetryDep
from service.middleware.access import METRICS

router = ScopedRouter(tags=["health"], needs={"GET": READ})


@router.get(
    METRICS,
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
)
async def show_telemetry(
    request: Request, telemetry: TelemetryDep, app_state: StateDep
) -> Response:
    """What this process and the whole service do, as Prometheus reads it; OpenMetrics if asked."""
    accept = request.headers.get("accept", "")
    body, kind = await run_sync(telemetry.exposition, accept, limiter=app_state.threads.looking)
    return Response(body, headers={"Content-Type": kind})

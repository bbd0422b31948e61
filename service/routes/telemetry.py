"""Numbers about the service, for Prometheus."""

from anyio.to_thread import run_sync
from fastapi import APIRouter, Request, Response

from service.auth import METRICS
from service.deps import RoomsDep, TelemetryDep

router = APIRouter(tags=["health"])


@router.get(
    METRICS,
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
)
async def show_telemetry(request: Request, telemetry: TelemetryDep, rooms: RoomsDep) -> Response:
    """What this process and the whole service do, as Prometheus reads it; OpenMetrics if asked."""
    accept = request.headers.get("accept", "")
    body, kind = await run_sync(telemetry.exposition, accept, limiter=rooms.looking)
    return Response(body, headers={"Content-Type": kind})

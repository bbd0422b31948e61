"""The HTTP service, put together."""

import asyncio
import logging
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from fastapi import FastAPI
from fastapi_offline import FastAPIOffline
from starlette.concurrency import run_in_threadpool
from starlette.middleware.cors import CORSMiddleware

from service import __version__, errors
from service.auth import Gate
from service.events import Hub
from service.limits import BodyLimit, RequestId
from service.rooms import Rooms
from service.routes import about, datasets, events, health, jobs, models, predictions, webhooks
from service.settings import ServiceSettings
from worker.errors import QueueUnavailable

ROUTERS = (health, datasets, jobs, events, models, predictions, webhooks, about)
GRACE_S = 5  # for requests that are under way when the service is told to stop

log = logging.getLogger(__name__)


def create_app(settings: ServiceSettings) -> FastAPI:
    """The application; it connects to nothing before it is asked something."""
    app = FastAPIOffline(
        title="Purrceptron",
        version=__version__,
        summary="Trains small neural networks and serves them.",
        lifespan=lifespan,
    )
    app.state.rooms = Rooms(settings)
    for routes in ROUTERS:
        app.include_router(routes.router)
    errors.install(app)
    # The last one added is the first to see a request.
    app.add_middleware(BodyLimit, settings=settings)
    app.add_middleware(Gate, settings=settings)
    if settings.allowed_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.allowed_origins,
            allow_methods=["GET", "POST"],
            allow_headers=[
                "Authorization",
                "Content-Type",
                "Last-Event-ID",
                "Idempotency-Key",
                "If-None-Match",
            ],
            expose_headers=["Location", "X-Request-ID", "Retry-After", "ETag"],
        )
    app.add_middleware(RequestId)
    return app


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Sweep while the service runs: lost jobs are found though every worker is busy, or gone.

    And read the events of jobs that somebody follows, and send webhooks.
    """
    rooms: Rooms = app.state.rooms
    sweeping, reading = map(asyncio.create_task, (sweep(rooms), rooms.hub.run()))
    sending = asyncio.create_task(rooms.sender.run())
    with rooms.decoders:
        yield
    sweeping.cancel()
    sending.cancel()
    reading.cancel()
    await asyncio.wait([reading])
    await rooms.hub.log.close()


async def sweep(rooms: Rooms) -> None:
    while True:
        try:
            await run_in_threadpool(rooms.reaper.sweep)
        except QueueUnavailable as error:
            log.warning("no sweep: %s", error.__cause__)
        except Exception:
            log.exception("a sweep failed; the next one may not")
        await asyncio.sleep(rooms.settings.lease_s / 4)


class Server(uvicorn.Server):
    """Ends the event streams, which would not end by themselves, before it waits for requests."""

    def __init__(self, config: uvicorn.Config, hub: Hub) -> None:
        super().__init__(config)
        self._hub = hub

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._hub.end()
        await super().shutdown(sockets)


def serve(settings: ServiceSettings, sockets: list[socket.socket] | None = None) -> None:
    """Serve in this process until SIGTERM, on these sockets or on the settings' host and port."""
    logging.basicConfig(level="INFO", format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    server(settings).run(sockets)


def server(settings: ServiceSettings) -> Server:
    app = create_app(settings)
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        log_config=None,
        timeout_graceful_shutdown=GRACE_S,
        timeout_keep_alive=75,
        server_header=False,
    )
    return Server(config, app.state.rooms.hub)

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
from service.limits import BodyLimit, RequestId
from service.rooms import Rooms
from service.routes import about, datasets, health, jobs, models, predictions
from service.settings import ServiceSettings
from worker.errors import QueueUnavailable

ROUTERS = (health, datasets, jobs, models, predictions, about)
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
            allow_headers=["Authorization", "Content-Type"],
            expose_headers=["Location", "X-Request-ID", "Retry-After"],
        )
    app.add_middleware(RequestId)
    return app


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Sweep while the service runs: lost jobs are found though every worker is busy, or gone."""
    sweeping = asyncio.create_task(sweep(app.state.rooms))
    yield
    sweeping.cancel()


async def sweep(rooms: Rooms) -> None:
    while True:
        try:
            await run_in_threadpool(rooms.reaper.sweep)
        except QueueUnavailable as error:
            log.warning("no sweep: %s", error.__cause__)
        except Exception:
            log.exception("a sweep failed; the next one may not")
        await asyncio.sleep(rooms.settings.lease_s / 4)


def serve(settings: ServiceSettings, sockets: list[socket.socket] | None = None) -> None:
    """Serve in this process until SIGTERM, on these sockets or on the settings' host and port."""
    logging.basicConfig(level="INFO", format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    config = uvicorn.Config(
        create_app(settings),
        host=settings.host,
        port=settings.port,
        log_config=None,
        timeout_graceful_shutdown=GRACE_S,
        timeout_keep_alive=75,
        server_header=False,
    )
    uvicorn.Server(config).run(sockets)

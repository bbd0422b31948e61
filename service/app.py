"""The HTTP service, put together."""

import asyncio
import logging
import os
import socket
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import uvicorn
from fastapi import Depends, FastAPI
from fastapi.routing import APIRoute
from fastapi_offline import FastAPIOffline
from starlette.concurrency import run_in_threadpool
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import BaseRoute

from service import __version__, errors
from service.middleware.access import AccessMiddleware
from service.middleware.forwarded import Forwarded, Rooted
from service.middleware.limits import MAX_HEAD_BYTES, RequestLimit
from service.middleware.methods import Methods
from service.middleware.request_log import AccessLog, configure
from service.middleware.security_headers import SecurityHeaders
from service.openapi.contract import EVERYWHERE, describe, operation_id, problems
from service.requests.parameters import known_parameters
from service.routes import (
    about,
    datasets,
    events,
    health,
    jobs,
    links,
    models,
    predictions,
    telemetry,
    webhooks,
)
from service.server.connections import Connections
from service.server.listener import BACKLOG, address, listen, raise_descriptor_limit
from service.server.protocol import protocol_of
from service.settings import ServiceSettings
from service.state import AppState
from service.streaming.broadcaster import Broadcaster
from service.telemetry.requests import Route
from service.telemetry.routed import Routed
from service.telemetry.telemetry import Telemetry
from worker.errors import QueueUnavailable
from worker.system.files import PRIVATE

ROUTERS = (links, health, datasets, jobs, events, models, predictions, webhooks, about, telemetry)
# What pages of allowed origins may send, and may read of an answer.
OTHER_PAGES: dict[str, Any] = {
    "allow_methods": ["GET", "POST", "DELETE"],
    "allow_headers": [
        "Authorization",
        "Content-Type",
        "Last-Event-ID",
        "Idempotency-Key",
        "If-None-Match",
    ],
    "expose_headers": ["Location", "X-Request-ID", "Retry-After", "ETag"],
}
TICKS_PER_LOOK = 10  # of uvicorn's clock, which ticks ten times a second
# Connections that asyncio takes at once. It does so three times before the first is counted, and
# each of these has a descriptor.
AT_A_TIME = 32
GRACE_S = 5  # for requests that are under way when the service is told to stop

log = logging.getLogger(__name__)


def create_app(settings: ServiceSettings) -> FastAPI:
    """The application; it connects to nothing before it is asked something."""
    app = FastAPIOffline(
        dependencies=[Depends(known_parameters)],
        responses=problems(*EVERYWHERE),
        generate_unique_id_function=operation_id,
        separate_input_output_schemas=False,
        redirect_slashes=False,  # service.middleware.forwarded takes them off
        title="Purrceptron",
        version=__version__,
        summary="Trains small neural networks and serves them.",
        lifespan=lifespan,
    )
    routed = [*app.routes, *(route for module in ROUTERS for route in module.router.routes)]
    app.state.telemetry = seen = Telemetry(operations(routed))
    app.state.app_state = app_state = AppState(settings, seen.pictures.observe)
    seen.watch(app_state)
    for routes in ROUTERS:
        app.include_router(routes.router)
    describe(app, settings)
    errors.install(app)
    # The last one added is the first to see a request.
    app.add_middleware(Routed)
    app.add_middleware(Rooted)
    app.add_middleware(Methods, routes=routed)
    app.add_middleware(SecurityHeaders)
    app.add_middleware(RequestLimit, settings=settings, bodies=app_state.bodies)
    app.add_middleware(AccessMiddleware, settings=settings)
    if settings.allowed_origins:
        app.add_middleware(CORSMiddleware, allow_origins=settings.allowed_origins, **OTHER_PAGES)
    app.add_middleware(AccessLog, requests=seen.requests)
    app.add_middleware(Forwarded, settings=settings)
    return app


def operations(routes: Iterable[BaseRoute]) -> Iterator[Route]:
    """The template and the method of everything that can be asked for."""
    for route in routes:
        if isinstance(route, APIRoute):
            for method in sorted(route.methods or ()):
                yield route.path, method


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Sweep while the service runs: lost jobs are found though every worker is busy, or gone.

    And read the events of jobs that somebody follows, and send webhooks.
    """
    app_state: AppState = app.state.app_state
    sweeping, reading = map(asyncio.create_task, (sweep(app_state), app_state.broadcaster.run()))
    sending = asyncio.create_task(app_state.sender.run())
    with app_state.decoders:
        yield
    sweeping.cancel()
    sending.cancel()
    reading.cancel()
    await asyncio.wait([reading])
    await app_state.broadcaster.log.close()


async def sweep(app_state: AppState) -> None:
    while True:
        try:
            await run_in_threadpool(app_state.reaper.sweep)
        except QueueUnavailable as error:
            log.warning("no sweep: %s", error.__cause__)
        except Exception:
            log.exception("a sweep failed; the next one may not")
        await asyncio.sleep(app_state.settings.lease_s / 4)


class Server(uvicorn.Server):
    """Looks after its connections, and ends the event streams, which would not end by themselves,
    before it waits for requests."""

    def __init__(
        self, config: uvicorn.Config, broadcaster: Broadcaster, connections: Connections
    ) -> None:
        super().__init__(config)
        self._broadcaster, self._connections = broadcaster, connections

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        for listener in sockets or ():
            listener.listen(BACKLOG)  # asyncio has made it as short as what it takes at a time

    async def on_tick(self, counter: int) -> bool:
        if counter % TICKS_PER_LOOK == 0:
            try:
                self._connections.look()
            except Exception:  # which would end the server
                log.exception("a look at the connections failed; the next one may not")
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._broadcaster.end()
        await super().shutdown(sockets)


def serve(settings: ServiceSettings, sockets: list[socket.socket] | None = None) -> None:
    """Serve in this process until SIGTERM, on these sockets or on the settings' host and port."""
    configure()
    raise_descriptor_limit()
    os.umask(PRIVATE)
    if sockets is None:
        sockets = [listen(settings.host, settings.port)]
        log.info("listening at %s", address(settings.host, sockets[0].getsockname()[1]))
    server(settings).run(sockets)


def server(settings: ServiceSettings) -> Server:
    app = create_app(settings)
    app_state: AppState = app.state.app_state
    config = uvicorn.Config(
        app,
        backlog=AT_A_TIME,
        http=protocol_of(app_state.connections),
        h11_max_incomplete_event_size=MAX_HEAD_BYTES,
        log_config=None,
        proxy_headers=False,  # middleware.forwarded reads them
        access_log=False,  # middleware.request_log writes it, without what is nobody's business
        timeout_graceful_shutdown=GRACE_S,
        timeout_keep_alive=settings.idle_timeout_s,
        server_header=False,
    )
    return Server(config, app_state.broadcaster, app_state.connections)

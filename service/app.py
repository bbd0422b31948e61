"""The HTTP service, put together."""

import asyncio
import logging
import os
import socket
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager, closing

import uvicorn
from fastapi import Depends, FastAPI
from fastapi.routing import APIRoute
from fastapi_offline import FastAPIOffline
from starlette.concurrency import run_in_threadpool
from starlette.routing import BaseRoute

from service import __version__, errors
from service.access.auditing import Audit
from service.access.known_keys import KnownKeys
from service.access.rules import Rules
from service.launcher.store import fit_store
from service.mcp.endpoint import Endpoint
from service.middleware.access import PAGE, Access
from service.middleware.limits import MAX_HEAD_BYTES
from service.middleware.request_log import configure
from service.middleware.stack import stack
from service.openapi.contract import EVERYWHERE, describe, operation_id, problems
from service.page.files import PageFiles
from service.requests.parameters import known_parameters
from service.routes import (
    about,
    aliases,
    backbones,
    checkpoints,
    comparison,
    dataset_views,
    datasets,
    deleted_models,
    estimates,
    events,
    explanations,
    exports,
    feedback,
    health,
    held_out,
    inference,
    jobs,
    keys,
    labels,
    lessons,
    links,
    live,
    logs,
    mcp,
    models,
    page,
    predictions,
    retention,
    schedules,
    scorings,
    sweeps,
    telemetry,
    thresholds,
    tracking,
    uploads,
    usage,
    verification,
    versions,
    webhooks,
    wrong_answers,
)
from service.routes import (
    audit as audit_routes,
)
from service.server.early_refusals import EarlyRefusals
from service.server.listener import address, listen, raise_descriptor_limit
from service.server.protocol import protocol_of
from service.server.server import Server
from service.settings import ServiceSettings
from service.state import AppState
from service.telemetry.requests import Route
from service.telemetry.telemetry import Telemetry
from service.tracking.mlflow.mlflow import Mlflow
from worker.errors import QueueUnavailable
from worker.jobs.expiry import Expiry
from worker.jobs.key_lookups import KeyLookups
from worker.jobs.outbox import MLFLOW, Outbox
from worker.jobs.redis_connection import connect
from worker.jobs.transitions import open_records
from worker.operations.retention import Retention
from worker.operations.retention_policy import Policy
from worker.store.audit_log import AuditLog
from worker.system.files import PRIVATE

# What is asked most often first: FastAPI holds a path against one router after the other, which
# takes as long as a small answer.
ROUTERS = (
    predictions, inference, links, health, datasets, dataset_views, uploads, versions, backbones,
    jobs, estimates, comparison, lessons, checkpoints, events, logs, tracking, models, exports,
    aliases, deleted_models, labels, verification, wrong_answers, held_out, thresholds, scorings,
    sweeps, schedules, feedback, live, explanations, webhooks, keys, audit_routes, about, usage,
    retention, telemetry, mcp, page,
)  # fmt: skip
# Connections that asyncio accepts at once. It can accept three times as many before the first one
# is counted, and each of them needs a descriptor.
AT_A_TIME = 32
COUNT_S = 600.0  # between two counts of what the store takes, unless somebody asks
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
    app.state.telemetry = metrics = Telemetry(operations(routed))
    app.state.app_state = app_state = AppState(settings, metrics.pictures.observe)
    app.state.retention = retention_of(app_state)
    metrics.watch(app_state)
    rules = Rules(module.router for module in ROUTERS)
    known_keys = KnownKeys(settings, KeyLookups(settings.redis_url or ""))
    app.state.access = access = Access(settings, rules, known_keys)
    app.state.mcp = Endpoint(settings, rules, routed)
    for routes in ROUTERS:
        app.include_router(routes.router)
    app.mount(PAGE, PageFiles(), name="page")
    describe(app, settings, rules)
    errors.install(app)
    counts = metrics.requests, app_state.bodies, app_state.answering
    kept = AuditLog(settings.data_dir / "audit", settings.max_audit_bytes)
    app.state.audit = audit = Audit(kept, rules)
    app.user_middleware = stack(settings, access, audit, *counts, routed)
    return app


def operations(routes: Iterable[BaseRoute]) -> Iterator[Route]:
    """The template and the method of everything that can be asked for."""
    for route in routes:
        if isinstance(route, APIRoute):
            for method in sorted(route.methods or ()):
                yield route.path, method


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Run what goes on beside the requests: sweeps, the reading of events, webhooks, MLflow,
    decoders, backbones."""
    app_state: AppState = app.state.app_state
    sweeping = asyncio.create_task(sweep(app_state, app.state.retention))
    sending = asyncio.create_task(app_state.webhooks.run())
    tracking = asyncio.create_task(mlflow_of(app_state).run())
    reading = asyncio.create_task(app_state.broadcaster.run())
    counting = asyncio.create_task(count(app_state))
    with app_state.decoders, closing(app_state.loaded_backbones):
        yield
    await run_in_threadpool(app_state.live_answers.log.close)
    for task in (sweeping, sending, tracking, reading, counting):
        task.cancel()
    await asyncio.wait([reading])
    await app_state.broadcaster.log.close()
    await app.state.access.keys.lookups.close()


def mlflow_of(app_state: AppState) -> Mlflow:
    settings = app_state.settings
    outbox = Outbox(connect(settings.redis_url or ""), MLFLOW)
    rooms = app_state.jobs.get, app_state.store, app_state.exports, app_state.broadcaster.log
    return Mlflow(outbox, *rooms, app_state.threads.exporting, settings)


def retention_of(app_state: AppState) -> Retention:
    settings = app_state.settings
    client = connect(settings.redis_url or "")
    store, driver = app_state.store, app_state.sweeps.driver
    expiry = Expiry(client, store)
    return Retention(open_records(client), store, driver, expiry, Policy.of(settings))


async def sweep(app_state: AppState, retention: Retention) -> None:
    """Look for lost jobs, and for what is too old, again and again. Workers look for jobs too, but
    all may be busy, or gone."""
    while True:
        try:
            await run_in_threadpool(app_state.reaper.sweep)
            await run_in_threadpool(app_state.sweeps.advance_all)
            await run_in_threadpool(app_state.schedules.advance_all)
            await run_in_threadpool(retention.sweep)
            await run_in_threadpool(app_state.live_answers.tidy)
        except QueueUnavailable as error:
            log.warning("no sweep: %s", error.__cause__)
        except Exception:
            log.exception("a sweep failed; the next one may not")
        await asyncio.sleep(app_state.settings.lease_s / 4)


async def count(app_state: AppState) -> None:
    """Count again and again what takes the room of the store, for whoever scrapes."""
    while True:
        found = await run_in_threadpool(app_state.store.usage.at_most, COUNT_S)
        log.debug("the store takes %d bytes", found.bytes)
        await asyncio.sleep(COUNT_S)


def serve(settings: ServiceSettings, sockets: list[socket.socket] | None = None) -> None:
    """Serve in this process until SIGTERM, on these sockets or on the settings' host and port."""
    os.umask(PRIVATE)
    with fit_store(settings.data_dir):
        configure(settings.log_format)
        raise_descriptor_limit()
        if sockets is None:
            sockets = [listen(settings.host, settings.port)]
            log.info("listening at %s", address(settings.host, sockets[0].getsockname()[1]))
        server(settings).run(sockets)


def server(settings: ServiceSettings) -> Server:
    app = create_app(settings)
    app_state: AppState = app.state.app_state
    counts = app_state.answering, app.state.telemetry.requests
    early = EarlyRefusals(*counts, app.state.access)
    config = uvicorn.Config(
        app,
        backlog=AT_A_TIME,
        http=protocol_of(app_state.connections, early),
        h11_max_incomplete_event_size=MAX_HEAD_BYTES,
        log_config=None,
        proxy_headers=False,  # middleware.forwarded reads them
        access_log=False,  # middleware.request_log writes it, without queries
        timeout_graceful_shutdown=GRACE_S,
        timeout_keep_alive=settings.idle_timeout_s,
        server_header=False,
    )
    return Server(config, app_state.broadcaster, app_state.connections, app_state.answering)

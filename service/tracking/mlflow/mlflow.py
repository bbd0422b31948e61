"""MLflow as the rest of the service sees it: where there is one, ended jobs are sent there."""

import asyncio
import logging
import ssl
import threading
from collections.abc import Callable
from functools import partial

import httpx
from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from starlette.concurrency import run_in_threadpool

from service.outbound.network import reason
from service.outbound.outbox_sender import OutboxSender
from service.settings import ServiceSettings
from service.tracking.job_history import history_of
from service.tracking.mlflow import tracked_model, tracked_run
from service.tracking.mlflow.tracked_run import TrackedRun
from service.tracking.mlflow.tracking_server import TrackingFailed, TrackingServer
from service.webhooks.answer import again
from worker.errors import (
    BackboneNotFound,
    DatasetNotFound,
    ExportRefused,
    JobNotFound,
    ModelNotFound,
    Preempted,
    QueueUnavailable,
    WorkerError,
)
from worker.export.exports import Exports
from worker.jobs.events import EventLog
from worker.jobs.outbox import Delivery, DeliveryState, Outbox, Outcome
from worker.jobs.record import Record
from worker.jsontypes import Json
from worker.store.store import Store

MODEL_SENT = "purrceptron.model_sent"  # a tag: "yes", or why not
MOST_EPOCHS = 1_000  # of one job, spread evenly over it
TOTAL_S, LEASE_S = 600.0, 660.0  # of one try
WANT_S = 10.0  # between two times of telling Redis that ended jobs are wanted
# A worker exports what it has published as soon as it has nothing else to do; only at this try is
# it exported here, beside what may be trained just now.
EXPORTING_TRY = 3
# What will be no other another time.
NO_EXPORT = (ExportRefused, ModelNotFound, DatasetNotFound, BackboneNotFound)

log = logging.getLogger(__name__)


class NotExported(Exception):
    """The version that a job has published is not exported yet."""


class Mlflow:
    """Sends each job that has ended to the tracking server of the settings. Several may share an
    outbox; nothing that happens here is felt by a job.

    Args:
        job_of: returns the record of an id.
        events: of all jobs.
        exporting: how many threads may make exports.
    """

    def __init__(
        self,
        outbox: Outbox,
        job_of: Callable[[str], Record],
        store: Store,
        exports: Exports,
        events: EventLog,
        exporting: CapacityLimiter,
        settings: ServiceSettings,
    ) -> None:
        self._outbox, self._job_of, self._store = outbox, job_of, store
        self._exports, self._events, self._exporting = exports, events, exporting
        self._settings = settings
        self._sender = OutboxSender(outbox, self._try, 1, LEASE_S)
        self._tls: ssl.SSLContext | None = None

    async def run(self) -> None:
        """Send what is due until this is cancelled; returns at once where there is no MLflow. What
        could not be sent in the last 30 days is tried again first."""
        if self._settings.mlflow_tracking_uri is not None:
            await asyncio.gather(self._want(), self._sender.run())

    async def send_next(self) -> bool:
        """Try the job that has been due the longest; False if none is due.

        Raises:
            QueueUnavailable: Redis does not answer.
        """
        return await self._sender.send_next()

    async def _want(self) -> None:
        replayed = False
        while True:
            try:
                await run_in_threadpool(self._outbox.want_all)
                if not replayed:
                    await run_in_threadpool(self._outbox.replay_failed)
                    replayed = True
            except QueueUnavailable as error:
                log.warning("ended jobs are not noted for MLflow: %s", error.__cause__)
            except Exception:
                log.exception("ended jobs are not noted for MLflow; the next ones may be")
            await asyncio.sleep(WANT_S)

    async def _try(self, delivery: Delivery) -> Outcome:
        outcome = await self._outcome(delivery)
        if outcome.state is DeliveryState.FAILED:
            log.warning("%s is not in MLflow: %s", delivery.job, outcome.error)
        return outcome

    async def _outcome(self, delivery: Delivery) -> Outcome:
        tries = delivery.tries
        try:
            async with asyncio.timeout(TOTAL_S):
                await self._tell(delivery)
        except JobNotFound as error:
            return Outcome(DeliveryState.FAILED, error=str(error))
        except TrackingFailed as error:
            return again(tries, str(error), error.status)
        except NotExported:
            return again(tries, "Its numbers are there; its model is not exported yet.")
        except (httpx.HTTPError, TimeoutError) as error:
            return again(tries, reason(error, "MLflow server"))
        except QueueUnavailable:
            raise
        except Exception:
            log.exception("%s could not be sent to MLflow", delivery.job)
            return again(tries, "The service itself failed; its log tells how.")
        return Outcome(DeliveryState.DELIVERED)

    async def _tell(self, delivery: Delivery) -> None:
        record = await run_in_threadpool(self._job_of, delivery.job)
        if record.attempt == 0:  # it was cancelled before it began
            return
        history = await history_of(record, self._events, self._store.archive.events)
        sampled = partial(self._store.jobs.sampled_metrics, record.id, record.attempt, MOST_EPOCHS)
        rows = await run_in_threadpool(sampled)
        if self._tls is None:  # which reads all authorities, so once and not in the event loop
            self._tls = await run_in_threadpool(httpx.create_ssl_context)
        async with TrackingServer(self._settings, self._tls) as server:
            experiment = self._settings.mlflow_experiment_name
            run = await tracked_run.told(server, experiment, history, rows)
            if MODEL_SENT not in run.tags:
                sent = await self._model_sent(server, run, record, delivery.tries)
                await server.post("runs/set-tag", run_id=run.id, key=MODEL_SENT, value=sent)

    async def _model_sent(
        self, server: TrackingServer, run: TrackedRun, record: Record, tries: int
    ) -> str:
        """Returns "yes" once all is among the artifacts, or why a part of it cannot be."""
        try:
            about, why = await self._exported(record, tries), "no: it has published none"
        except NO_EXPORT as error:
            about, why = None, f"no: {error}"
        try:
            await tracked_model.kept(server, run, self._store, record, about)
        except (tracked_model.Elsewhere, ModelNotFound) as error:
            log.warning("the model of %s is not in MLflow: %s", record.id, error)
            return f"no: {error}"
        return why if about is None else "yes"

    async def _exported(self, record: Record, tries: int) -> Json | None:
        """Returns what is known of the export of what a job has published; None if it has not.

        Raises:
            NotExported: that is still to be made, most likely by the worker.
        """
        if record.result is None or record.version is None:
            return None
        which = record.body["model"], record.version
        known = await run_in_threadpool(self._store.exports.about, *which)
        if known is None and self._settings.export_models and tries < EXPORTING_TRY:
            raise NotExported
        try:
            return await self._made(*which)
        except NO_EXPORT:
            raise
        except WorkerError as error:
            raise TrackingFailed(f"Its model could not be exported: {error}") from error

    async def _made(self, name: str, version: int) -> Json:
        """Returns what is known of an export, which is made unless it is there. The thread that
        makes it ends soon after this is cancelled."""
        ended = threading.Event()

        def check() -> None:
            if ended.is_set():
                raise Preempted("Nobody waits for it any more.")

        ready = partial(self._exports.ready, name, version, check)
        try:
            return await run_sync(ready, limiter=self._exporting, abandon_on_cancel=True)
        finally:
            ended.set()

"""Jobs: submit them, follow them, wait for their end."""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

from purrceptron.answers import Answer, Finding
from purrceptron.calling import Bound, M, call, stream
from purrceptron.datasets import Dataset
from purrceptron.errors import Failed
from purrceptron.events import Event, followed
from purrceptron.job_log import LogLine, lines
from purrceptron.metrics import EPOCHS, Epoch, Metrics
from purrceptron.records import Deadline, Record
from purrceptron.saving import saved
from purrceptron.session import Ask, Session, path_of

SUCCEEDED = "succeeded"
FINAL = {SUCCEEDED, "failed", "cancelled"}
KEY = re.compile("[!-~]{1,255}")
HOLD_S = 30  # that the service may hold an answer until the state changes


class ModelVersion(Answer):
    """Which version of which model."""

    name: str
    version: int


class JobProgress(Answer):
    """How far a job is in its phase; what is not known yet is None."""

    phase: str = "training"
    epoch: int = 0
    epochs: int = 0
    percent: float | None = None
    eta_s: float | None = None
    rows_per_s: float | None = None
    loss: float | None = None
    accuracy: float | None = None


class Job(Record[M]):
    """A request to train, and its fate; what is not known yet is None."""

    requested: str | None = None
    spec: dict[str, Any] = {}
    summary: list[dict[str, Any]] | None = None
    model: ModelVersion | None = None
    device: dict[str, Any] | None = None
    progress: JobProgress | None = None
    attempt: int = 0
    queue_position: int | None = None
    created_at: datetime | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    findings: list[Finding] = []
    ended_by: str | None = None
    ended_because: str | None = None
    parent: str | None = None
    traceparent: str | None = None
    promotion: dict[str, Any] | None = None
    result: dict[str, Any] | None = None

    brief = ("id", "state", "model", "progress", "problem")

    @call
    async def reload(self) -> Job[M]:
        """Looks at it again."""
        return await self._seen("GET")

    @call
    async def wait(self, timeout_s: float | None = None) -> Job[M]:
        """Waits until it has succeeded.

        A job that is paused is waited for, too: somebody may resume it.

        Raises:
            Failed: it has failed or was cancelled.
            Overdue: that took longer than `timeout_s` seconds.
            Busy, Unreachable: the service was away when patience or these seconds were over.
        """
        deadline = Deadline(self, timeout_s)
        while self.state not in FINAL:
            hold_s = deadline.at_most(HOLD_S)
            known = {"hold_s": hold_s, "patience_s": deadline.left_s}
            await self._seen("GET", query={"wait": hold_s}, **known)
        if self.state != SUCCEEDED:
            raise Failed(self)
        return self

    @stream
    async def events(self, after: str | None = None) -> AsyncIterator[Event]:
        """Yields everything that happens to it, until it has ended.

        Every event comes once and in order, though the connection breaks or the service is started
        again meanwhile.

        Args:
            after: the id of an event; only later ones come.
        """
        async for event in followed(self._session, self._path("events"), after):
            yield event

    @stream
    async def log(self, *, follow: bool = False) -> AsyncIterator[LogLine]:
        """Yields what its workers said, and each state that it came into.

        Args:
            follow: go on until it has ended, as `events` does.
        """
        async for line in lines(self._session, self._path("logs"), follow):
            yield line

    @call
    async def metrics(self, after: int = 0) -> Metrics:
        """Returns a row for each epoch so far behind this one."""
        query = {"limit": EPOCHS, "after": after}
        rows = self._session.pages(self._path("metrics"), query)
        return Metrics([self._session.known_as(Epoch, row) async for row in rows])

    @call
    async def tensorboard(self, folder: str | os.PathLike[str]) -> Path:
        """Writes all epochs so far for TensorBoard, into a folder of its own below this one.

        Called again while it runs, it replaces the file.

        Returns:
            The file.
        """
        made, name = self.created_at or datetime.now(), Path(self.id).name
        run = Path(folder) / name  # an id is no path, whoever answers
        await self._session.transport.apart(partial(run.mkdir, parents=True, exist_ok=True))
        file = run / f"events.out.tfevents.{int(made.timestamp())}.{name}"
        return await saved(self._session, Ask("GET", self._path("tensorboard")), file)

    @call
    async def evaluation(self) -> Answer:
        """Returns all that was measured of the model that it made."""
        return await self._session.ask(Answer, "GET", self._path("evaluation"))

    @call
    async def cancel(self) -> Job[M]:
        """Ends it, and keeps nothing of it."""
        return await self._seen("POST", "cancel")

    @call
    async def stop(self) -> Job[M]:
        """Ends it early, and keeps the model."""
        return await self._seen("POST", "stop")

    @call
    async def pause(self) -> Job[M]:
        """Keeps what it has learned so far, and frees its worker."""
        return await self._seen("POST", "pause")

    @call
    async def resume(self) -> Job[M]:
        """Lets it go on where it was."""
        return await self._seen("POST", "resume")

    @call
    async def retry(
        self,
        *,
        findings: Sequence[str] | str | None = None,
        patch: Sequence[dict[str, Any]] | None = None,
        idempotency_key: str | None = None,
    ) -> Job[M]:
        """Submits its spec again as a new job.

        Args:
            findings: codes of its findings, whose patches are followed, or "all".
            patch: a JSON Patch on the spec, applied after those.
        """
        wanted = {"findings": findings, "patch": patch}
        asked = {name: value for name, value in wanted.items() if value is not None}
        return await submitted(self._session, self._path("retry"), asked, idempotency_key)

    @call
    async def label(self, *, notes: str | None = None, tags: Sequence[str] | None = None) -> Job[M]:
        """Sets its notes or its tags; what is None stays as it is."""
        return await self._labelled(notes, tags)

    def _path(self, *verb: str) -> str:
        return path_of("jobs", self.id, *verb)


class Jobs(Bound[M]):
    """`client.jobs`"""

    def __init__(self, session: Session[M]) -> None:
        self._session = session

    @call
    async def create(
        self,
        /,
        dataset: Dataset[Any] | str,
        *,
        idempotency_key: str | None = None,
        **spec: Any,
    ) -> Job[M]:
        """Submits a job.

        A request that is sent again, since its answer got lost, is the same job.

        Args:
            dataset: or its id.
            idempotency_key: of the request, to send it again from another process.
            spec: `model`, `recipe`, `network`, `epochs` and others of the API.
        """
        asked = {"dataset": dataset.id if isinstance(dataset, Dataset) else dataset, **spec}
        return await submitted(self._session, path_of("jobs"), asked, idempotency_key)

    @call
    async def get(self, job: str) -> Job[M]:
        """Returns the job of this id."""
        return await self._session.ask(Job, "GET", path_of("jobs", job))

    @stream
    async def list(
        self,
        *,
        state: str | None = None,
        model: str | None = None,
        dataset: str | None = None,
        tag: str | Sequence[str] | None = None,
    ) -> AsyncIterator[Job[M]]:
        """Yields all jobs, the newest first, or those that fit."""
        query = {"state": state, "model": model, "dataset": dataset, "tag": tag}
        async for row in self._session.pages(path_of("jobs"), query):
            yield self._session.known_as(Job, row)


async def submitted(session: Session[M], path: str, body: Any, key: str | None) -> Job[M]:
    """Returns the job that a request becomes; sent again with the same key, it is the same job."""
    key = str(uuid4()) if key is None else key
    if not KEY.fullmatch(key):
        raise ValueError("Expected an idempotency_key of 1 to 255 signs of ASCII and no blanks.")
    headers = {"Idempotency-Key": key}
    return await session.ask(Job, "POST", path, body=lambda: {"json": body}, headers=headers)

"""Jobs that end, and what sends them to a fake MLflow."""

import asyncio
from pathlib import Path
from typing import Any

from anyio import CapacityLimiter

from service.launcher.valkey import Valkey
from service.openapi.example_exports import EXPORT
from service.settings import ServiceSettings
from service.tracking.mlflow.mlflow import Mlflow
from tests.service.tracking.fake_mlflow import FakeMlflow
from tests.service.tracking.tracked_job import BODY, DATASET, TrackedJob, epoch
from tests.worker.export.publications import tensors_of
from tests.worker.working import publish_dataset
from worker.data.preprocessing import Preprocessing
from worker.export.exports import Exports
from worker.jobs.events import EventLog
from worker.jobs.outbox import MLFLOW, Delivery, Outbox
from worker.jobs.record import Record, State
from worker.jobs.redis_connection import connect
from worker.jobs.transitions import open_records
from worker.jsontypes import Json
from worker.spec import JobSpec
from worker.store.exports import MODEL, VECTORS
from worker.store.store import Store

SHAPE = 4, 4, 3


class MlflowBench:
    """An outbox that wants every job, and a sender."""

    def __init__(self, valkey: Valkey, root: Path, fake: FakeMlflow, **settings: Any) -> None:
        self.client: Any = connect(valkey.url)
        self.outbox, self.store = Outbox(self.client, MLFLOW), Store(root)
        self.outbox.want_all()
        self.records, self._root, self._url = open_records(self.client)["job"], root, valkey.url
        given = {"mlflow_tracking_uri": fake.address, "data_dir": root, "min_free_bytes": 0}
        self.settings = ServiceSettings(redis_url=valkey.url, **{**given, **settings})

    def job(self, body: Json = BODY) -> TrackedJob:
        job = TrackedJob(self.records, self._root, body)
        job.train(epoch(1), epoch(2))
        return job

    def ended(self, state: State = State.SUCCEEDED, **notes: Any) -> Record:
        return self.job().end(state, **notes)

    def published(self, exported: bool = True) -> Record:
        """A job that has published a model of pictures, which was never trained.

        Args:
            exported: whether something that stands for its export is there.
        """
        self.store.local_folders()
        publish_dataset(self.store, DATASET)
        job = self.job()
        said = JobSpec.model_validate({"dataset": DATASET, "model": "cats", **NETWORK})
        about = {
            "classes": ["other", "cat"],
            "shape": [*SHAPE],
            "preprocessing": Preprocessing(height=4, width=4).as_dict(),
            "spec": said.model_dump(mode="json"),
            "dataset": {"id": DATASET, "digest": "sha256:0"},
            "job": job.id,
            "created_at": "2026-11-29T10:00:00",
            "result": {},
            "fold_difference": 0.0,
        }
        self.store.models.publish("cats", job.publish(), tensors_of(about, SHAPE), about, {})
        if exported:
            with self.store.exports.local_folder("cats", 1, 0) as folder:
                for name in (MODEL, VECTORS):
                    (folder / name).write_bytes(b"stands for it")
                self.store.exports.publish("cats", 1, folder, {**EXPORT, "steps": []})
        return job.end()

    def send(self, job: str, **settings: Any) -> Delivery:
        """What becomes of a job at its next try."""
        self.client.zadd("purr:mlflows:due", {f"msg_{job.removeprefix('job_')}": 0})
        assert asyncio.run(self._send(settings))
        return self.outbox.of_job(job)[0]

    async def _send(self, settings: Json) -> bool:
        events = EventLog(self._url)
        given = self.settings.model_copy(update=settings)
        exports = Exports(self.store, given)
        rooms = (
            self.outbox,
            self.records.get,
            self.store,
            exports,
            events,
            CapacityLimiter(2),
            given,
        )
        try:
            return await Mlflow(*rooms).send_next()
        finally:
            await events.close()


NETWORK: Json = {"network": {"hidden_units": [20]}}

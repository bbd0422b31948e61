"""Stores with records that are old, for tests of what goes with time."""

import json
import time
from typing import Any

import redis

from tests.worker.store.backup.conftest import write
from worker.jobs.expiry import Expiry
from worker.jobs.record import State, new_id
from worker.jobs.recovery import Recovery
from worker.operations.retention import Retention
from worker.operations.retention_policy import DAY_S, Policy, Rule
from worker.store.store import Store
from worker.tasks.context import WorkerContext

ALL = Rule(days=30)
EVERYTHING = Policy(ALL, ALL, ALL, ALL, ALL)
PARTS = {
    "checkpoints/1.a.safetensors": "123",
    "kept/0.a.safetensors": "12",
    "metrics.1.jsonl": "1234567",
    "labels.json": "{}",
}


class World:
    """A store and its records, some of them old."""

    def __init__(self, context: WorkerContext, client: redis.Redis) -> None:
        self.context, self.client, self.root = context, client, context.settings.data_dir
        self.store: Store = context.store
        self.records = context.records
        Recovery(client, self.records, self.store).fill()

    def id(self, kind: str, days: float) -> str:
        """An id that was made so many days ago."""
        made = int((time.time() - days * DAY_S) * 1000)
        return f"{kind}_{made:012x}{new_id(kind)[-20:]}"

    def ended(
        self, days: float, kind: str = "job", state: State = State.FAILED, **body: Any
    ) -> str:
        """The id of what has ended so many days ago, in the store and in Redis."""
        record_id, body = self.id(kind, days), {"dataset": "ds_x", "model": "cats", **body}
        at = str(int((time.time() - days * DAY_S) * 1000))
        fields = {"state": state, "attempt": "1", "rank": "0", "body": json.dumps(body),
                  "created_at": at, "finished_at": at}  # fmt: skip
        self.store.archive.keep_request(record_id, {"body": body})
        self.store.archive.file(record_id, fields, [{"id": "1-0", "event": "done", "data": {}}])
        self.records[kind].restore(record_id, fields)
        if kind == "job":
            for path, text in PARTS.items():
                write(self.root, f"jobs/{record_id}/{path}", text)
        return record_id

    def dataset(self, days: float, **manifest: Any) -> str:
        dataset = self.ended(days, "ds", State.SUCCEEDED, name="pictures")
        write(self.root, f"datasets/{dataset}/manifest.json", json.dumps(manifest))
        write(self.root, f"datasets/{dataset}/originals/01-a.zip", dataset)
        return dataset

    def model(self, name: str, version: int, job: str, dataset: str = "ds_y", **at: str) -> None:
        about = {"name": name, "version": version, "job": job, "dataset": {"id": dataset}}
        place = f"models/{name}/{at.get('trash', '')}{version}/manifest.json"
        write(self.root, place, json.dumps({**about, "created_at": "2026-01-01T00:00:00+00:00"}))

    def retention(self, policy: Policy = EVERYTHING) -> Retention:
        expiry = Expiry(self.client, self.store)
        return Retention(self.records, self.store, self.context.sweeps, expiry, policy)

    def due(self, policy: Policy = EVERYTHING) -> list[tuple[str, str]]:
        return [(due.kind, due.id) for due in self.retention(policy).due()]

    def knows(self, job: str) -> bool:
        return bool(self.client.exists(f"purr:job:{job}"))

"""A job as its records, its events and its metrics have it; the test does what a worker would."""

import json
from pathlib import Path
from typing import Any

from tests.long_job import metrics_file
from tests.service.responses import test_metrics
from worker.jobs.record import Record, State, new_id
from worker.jobs.transitions import Transitions
from worker.jsontypes import Json

DATASET = "ds_01a22bd5a274783faf762f5af1c4a139"
BODY: Json = {
    "dataset": DATASET,
    "model": "cats",
    "network": {"kind": "dense", "hidden_units": [4], "dropout": 0.0},
    "optimizer": {"kind": "adam", "learning_rate": 0.001},
    "device": None,
    "webhook": "https://cats.example/hook?key=secret",
    "notes": "mine alone",
    "tags": ["small"],
}
FINDING: Json = {
    "code": "dead_units",
    "severity": "warning",
    "message": "Units are dead.",
    "evidence": {"dead": 0.5},
    "patch": [],
}
SCORES = {"loss": 0.5, "accuracy": 0.75}


def epoch(number: int, **other: Any) -> Json:
    """A row of the metrics of a network with one hidden layer."""
    return test_metrics.row(number) | other


class TrackedJob:
    """A job that is claimed at once, and tells what a test wants to be told."""

    def __init__(self, records: Transitions, root: Path, body: Json = BODY) -> None:
        self._records, self._root = records, root
        self.id = records.create(new_id("job"), body).id
        self._mine: Record = records.claim(self.id, "w", 60)

    def train(self, *rows: Json) -> None:
        """Keep these rows, and tell of the last of them."""
        path = metrics_file(self._root, self.id)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a") as file:
            file.writelines(json.dumps(row) + "\n" for row in rows)
        self.tell("metrics", {"rows": [rows[-1]]})

    def find(self, finding: Json = FINDING) -> None:
        self.tell("finding", finding, findings=[finding])

    def tell(self, event: str, data: Json, **notes: Any) -> None:
        told = [{"event": event, "data": data}]
        self._mine = self._records.renew(self._mine, 60, notes, told)

    def publish(self) -> int:
        """Reserve a version of its model, as it is published."""
        self._mine = self._records.begin_publishing(self._mine, self._mine.body["model"], 0)
        return self._mine.version or 0

    def end(self, state: State = State.SUCCEEDED, **notes: Any) -> Record:
        if state is State.SUCCEEDED:
            notes = {"result": {"train": SCORES, "validation": None, "test": SCORES}, **notes}
        return self._records.finish(self._mine, state, notes)

"""What a user does with a client that was generated: `python generated_client.py URL FILE…`.

It is run where `purr_client`, the generator's work, can be imported; it prints what it saw as JSON.
"""

import json
import sys
import time
from pathlib import Path
from typing import Any

from purr_client import Client
from purr_client.api.datasets import show_dataset, upload_dataset
from purr_client.api.jobs import show_job, submit_job
from purr_client.api.predictions import predict_by_name
from purr_client.models import (
    DenseSpec,
    JobSpec,
    PredictByNameJsonRows,
    SGDSpec,
    UploadDatasetFilesBody,
)
from purr_client.types import File

MODEL = "generated"
PATIENCE_S = 60


def main(url: str, paths: list[Path]) -> dict[str, Any]:
    client = Client(base_url=url)
    files = [File(payload=path.open("rb"), file_name=path.name) for path in paths]
    body = UploadDatasetFilesBody(file=files)
    made = upload_dataset.sync(client=client, body=body, name="generated")
    dataset = settled(lambda: show_dataset.sync(made.id, client=client), "importing")
    optimizer = SGDSpec(kind="sgd", learning_rate=0.01)
    network = DenseSpec(hidden_units=[4])
    spec = JobSpec(dataset=dataset.id, model=MODEL, epochs=3, optimizer=optimizer, network=network)
    queued = submit_job.sync(client=client, body=spec)
    job = settled(lambda: show_job.sync(queued.id, client=client, wait=5), "queued", "running")
    rows = PredictByNameJsonRows(rows=[[128.0] * (64 * 64 * 3)])
    answer = predict_by_name.sync(MODEL, client=client, body=rows)
    refused = submit_job.sync_detailed(client=client, body=JobSpec(dataset=dataset.id, epochs=0))
    return {
        "dataset": dataset.state,
        "job": job.state,
        "spec": [type(job.spec).__name__, type(job.spec.optimizer).__name__, job.spec.epochs],
        "labels": [dataset.classes, answer.predictions[0].label in dataset.classes],
        "refused": refused.status_code,
        "problem": [refused.parsed.code, *(fault.pointer for fault in refused.parsed.errors)],
    }


def settled(ask: Any, *unsettled: str) -> Any:
    until = time.monotonic() + PATIENCE_S
    while (found := ask()).state in unsettled and time.monotonic() < until:
        time.sleep(0.05)
    return found


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], [Path(name) for name in sys.argv[2:]])))

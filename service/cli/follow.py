"""Waiting for an upload, an import or a job, with something to look at meanwhile."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from service.cli.answers import Answer
from service.cli.render.datasets import import_note
from service.cli.render.jobs import FINAL
from service.cli.render.jobs import note_of as note_of_job
from service.cli.render.sweeps import COLUMNS, note_of, over_of, rows_of, total_of
from service.cli.terminal import live_table, progress_bar
from worker.jsontypes import Json

if TYPE_CHECKING:
    from service.cli.client import Client

POLL_S = 0.3
MEGABYTE = 1e6
IMPORTED = {"ready", "checked"}


def follow_upload(
    client: Client,
    name: str | None,
    files: Sequence[Path],
    options: Json | None = None,
    kind: str = "datasets",
) -> str:
    """The id of the new dataset, backbone or scoring, once the service has acknowledged it."""
    with progress_bar("Uploading") as show:

        def progress(sent: int, total: int) -> None:
            show(100 * sent / total, f"{sent / MEGABYTE:.1f} of {total / MEGABYTE:.1f} MB")

        return client.upload(name, files, progress, options or {}, kind)


def wait_until_imported(client: Client, dataset: str) -> Answer:
    """The dataset once it is ready or rejected; until then its progress is shown."""
    with progress_bar("Importing") as show:
        while True:
            answer = client.dataset(dataset)
            show(_import_percent(answer.json), import_note(answer.json))
            if answer.json["state"] != "importing":
                return answer
            time.sleep(POLL_S)


def wait_until_tried(client: Client, backbone: str) -> Answer:
    """The backbone once it is ready or rejected; until then it is said that it is tried."""
    with progress_bar("Trying") as show:
        while True:
            answer = client.backbone(backbone)
            state = answer.json["state"]
            show(100 if state == "ready" else 0, state)
            if state != "importing":
                return answer
            time.sleep(POLL_S)


def follow_job(client: Client, job: str, title: str) -> Answer:
    """The job in its final state; until then its progress is shown."""
    with progress_bar(title) as show:
        while True:
            answer = client.job(job)
            show(_percent(answer.json), note_of_job(answer.json))
            if answer.json["state"] in FINAL:
                return answer
            time.sleep(POLL_S)


def follow_scoring(client: Client, scoring: str) -> Answer:
    """The scoring in its final state; until then its progress is shown."""
    with progress_bar("Scoring") as show:
        while True:
            answer = client.scoring(scoring)
            state, progress = answer.json["state"], answer.json["progress"] or {}
            done = 100 if state == "succeeded" else progress.get("percent") or 0
            show(done, state if state != "running" else progress.get("phase", ""))
            if state in FINAL:
                return answer
            time.sleep(POLL_S)


def follow_sweep(client: Client, sweep: str) -> Answer:
    """The sweep in its final state; until then its leaderboard is shown."""
    with live_table("Sweep", COLUMNS) as show:
        while True:
            answer = client.sweep(sweep)
            found = answer.json
            done = 100 * over_of(found) / max(1, total_of(found))
            show(done, note_of(found), rows_of(found))
            if found["state"] in FINAL:
                return answer
            time.sleep(POLL_S)


def expect(state: str, record: Json) -> Json:
    """The record, if it ended so; else its problem is raised."""
    if record["state"] != state:
        from purrceptron import Failed
        from purrceptron.records import Record

        raise Failed(Record.model_validate(record))
    return record


def _import_percent(dataset: Json) -> float:
    """Of the phase that it is in; 0 where that is not known."""
    if dataset["state"] in IMPORTED:
        return 100
    return (dataset.get("progress") or {}).get("percent") or 0


def _percent(job: Json) -> float:
    # After the last epoch the model is still to be tested and published.
    done = (job["progress"] or {}).get("percent") or 0
    return 100 if job["state"] == "succeeded" else min(done, 99)

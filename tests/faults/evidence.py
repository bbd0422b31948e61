"""What a service leaves behind, gathered once it has come to rest: all that the checker reads."""

import hashlib
import json
import os
from itertools import chain
from pathlib import Path
from typing import Any

from tests.faults.case import Case
from tests.faults.history import Client
from tests.faults.onlooker import model_at
from tests.faults.subject import Subject
from worker.jsontypes import Json

DATASET_PARTS = ("imports", "datasets")  # folders of the store


def collect(subject: Subject, client: Client, twins: dict[str, Json]) -> Case:
    """The case of this service, with what its client knows."""
    data = subject.data
    folders = {path.name for path in data.glob("jobs/job_*")}
    known = {str(job) for job in subject.redis.zrange("purr:jobs", 0, -1)}
    kept = ("lease_s", "checkpoint_s", "max_attempts")
    return Case(
        history=client.history.entries,
        jobs={job: job_of(subject, client, job) for job in sorted(folders | known)},
        datasets={dataset: parts_of(subject, dataset) for dataset in sorted(datasets_of(subject))},
        models=[model_at(path) for path in sorted(data.glob("models/*/[0-9]*"))],
        leftovers=leftovers(data),
        steps=[json.loads(line) for line in lines_of(subject.steps)],
        twins=twins,
        settings={name: getattr(subject.settings, name) for name in kept},
    )


def leftovers(data: Path) -> list[str]:
    """What nobody writes any more and nobody will read."""
    # Not rglob, which fails where somebody removes a folder meanwhile.
    found = (Path(place) / name for place, *names in os.walk(data) for name in chain(*names))
    return sorted(str(path.relative_to(data)) for path in found if path.suffix == ".part")


def datasets_of(subject: Subject) -> set[str]:
    """The ids of all datasets of which anything is there."""
    records = {str(key).split(":")[2] for key in subject.redis.scan_iter("purr:ds:ds_*")}
    return records | {
        path.name for part in DATASET_PARTS for path in subject.data.glob(f"{part}/ds_*")
    }


def parts_of(subject: Subject, dataset: str) -> Json:
    """What is there of a dataset: its record, what was kept of its import, and its arrays."""
    there = {part: (subject.data / part / dataset).exists() for part in DATASET_PARTS}
    return {"record": bool(subject.redis.exists(f"purr:ds:{dataset}")), **there}


def orphans(subject: Subject) -> list[Path]:
    """The folders of jobs that have no record."""
    known = {str(job) for job in subject.redis.zrange("purr:jobs", 0, -1)}
    return [path for path in subject.data.glob("jobs/job_*") if path.name not in known]


def job_of(subject: Subject, client: Client, job: str) -> Json:
    """All that is known of a job: its record, its events, its request, its rows; and of one that
    succeeded the rows that its owner is told."""
    folder = subject.data / "jobs" / job
    record: Any = subject.redis.hgetall(f"purr:job:{job}")
    request = folder / "request.json"
    succeeded = record.get("state") == "succeeded"
    return {
        "record": record and digested(record),
        "events": events_of(subject, job),
        "request": json.loads(request.read_bytes())["body"] if request.is_file() else None,
        "checkpoints": len(list(folder.glob("checkpoints/*"))),
        "rows": {
            path.name.split(".")[1]: [in_short(json.loads(line)) for line in lines_of(path)]
            for path in folder.glob("metrics.*.jsonl")
        },
        "told": [in_short(row) for row in client.metrics(job)] if succeeded else None,
    }


def digested(record: Json) -> Json:
    """The part of a record that can be checked, as plain values."""
    problem = json.loads(record.get("problem") or "null")
    return {
        "state": record["state"],
        "attempt": int(record["attempt"]),
        "version": int(record["version"]) if record.get("version") else None,
        "model": json.loads(record["body"])["model"],
        "sweep": json.loads(record["body"]).get("sweep"),
        "problem": problem and problem["code"],
        "result": json.loads(record.get("result") or "null"),
        "seconds": (int(record.get("finished_at", 0)) - int(record.get("started_at", 0))) / 1000,
    }


def events_of(subject: Subject, job: str) -> list[Json]:
    """The moves of its state, with the time at which Redis wrote each."""
    stream: Any = subject.redis.xrange(f"purr:job:{job}:events")
    return [
        {"at": int(stamp.partition("-")[0]) / 1000, **fields}
        for stamp, fields in stream
        if fields["event"] == "state"
    ]


def in_short(row: Json) -> list[Any]:
    """Of an epoch its number, the seconds, and a digest of all but the seconds."""
    seconds = row.pop("seconds")
    text = json.dumps(row, sort_keys=True).encode()
    return [row["epoch"], seconds, hashlib.sha256(text).hexdigest()[:16]]


def lines_of(path: Path) -> list[str]:
    """The whole lines of a file; one that a killed process was writing does not count."""
    if not path.is_file():
        return []
    whole, _, _ = path.read_text().rpartition("\n")
    return whole.splitlines()

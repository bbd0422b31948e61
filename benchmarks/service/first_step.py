"""From just before a job is sent to the end of its first step, on an idle worker.

The whole service runs as `purr up` starts it, but for the training worker, which is watched: it
notes when it comes past certain places (watched_worker.py). Jobs are sent one after another, each
once the worker is idle again. As a check from outside, an unwatched service tells how soon the
record says that a worker took the job, and how soon its first row of metrics was on disk, which is
after the first step and after the model was measured. A job must be taken as soon there as here.
"""

import json
import os
import sys
import tempfile
import time
from pathlib import Path

from benchmarks import setting
from benchmarks.pictures import Pictures, pictures
from benchmarks.running_service import Service
from service.launcher.launcher import COMMANDS
from worker.jsontypes import Json

FLOOR_S = 0.150
APART_S = 0.020  # between what a watched worker and any other take to begin; more, and one lies
IDLE_S = 0.3  # after a job, until the next
UNCOUNTED = 2  # first jobs, at which the service warms up
PLACES = (
    "answered",
    "picked up",
    "forked",
    "task begun",
    "claimed",
    "dataset open",
    "rows measured",
    "batches ready",
    "first step done",
)
WATCHED = {**COMMANDS, "train": ("-m", "benchmarks.service.watched_worker")}
# One step of the default network, on 64 rows, with the default optimizer.
SPEC = {"epochs": 1}


def watched(course: Pictures, rounds: int, threads: int, notes: Path) -> list[Json]:
    """For each job the seconds from just before it was sent until each of PLACES."""
    os.environ["FIRST_STEP_NOTES"] = str(notes)
    os.environ["PYTHONPATH"] = str(setting.ROOT)
    sent: dict[str, Json] = {}
    with Service(threads, WATCHED) as service:
        dataset = service.upload(course.files)
        for _ in range(rounds + UNCOUNTED):
            time.sleep(IDLE_S)
            began = time.time()
            job = service.submit({**SPEC, "dataset": dataset})["id"]
            sent[job] = {"sent": began, "answered": time.time() - began}
            service.finished(job)
    for line in notes.read_text().splitlines():
        seen = json.loads(line)
        sent[seen["job"]].setdefault(seen["place"], seen["time"] - sent[seen["job"]]["sent"])
    return list(sent.values())[UNCOUNTED:]


def unwatched(course: Pictures, rounds: int, threads: int) -> list[Json]:
    """For each job the seconds until it was taken, and until its first row was on disk."""
    found = []
    with Service(threads) as service:
        dataset = service.upload(course.files)
        for _ in range(rounds + UNCOUNTED):
            time.sleep(IDLE_S)
            began = time.time()
            job = service.submit({**SPEC, "dataset": dataset})["id"]
            record = service.finished(job)
            row = (service.folder / "jobs" / job / "metrics.1.jsonl").stat().st_mtime
            taken = setting.timestamp(record["started_at"])
            found.append({"taken": taken - began, "first row on disk": row - began})
    return found[UNCOUNTED:]


def column(rows: list[Json], name: str) -> Json:
    return setting.spread([1000 * row[name] for row in rows])


def main() -> int:
    asked = setting.arguments(__doc__ or "", rounds=20).parse_args()
    rounds = 3 if asked.quick else asked.rounds
    if not asked.quick:
        setting.wait_for_quiet()
    with tempfile.TemporaryDirectory() as folder, setting.Strangers() as strangers:
        course = pictures(Path(folder))
        seen = watched(course, rounds, asked.threads, Path(folder) / "notes")
        outside = unwatched(course, rounds, asked.threads)
    until = {place: column(seen, place) for place in PLACES}
    check = {name: column(outside, name) for name in outside[0]}
    for name, numbers in {**until, **check}.items():
        low, high = numbers["quartiles"]
        print(f"{name:18} {numbers['median']:6.1f} ms [{low:.1f}, {high:.1f}]")
    if not asked.quick:
        about = {"data": course.name, "spec": SPEC, "threads": asked.threads, "rounds": rounds}
        found = {"milliseconds_until": until, "milliseconds_unwatched": check}
        setting.save("first_step", {**about, "cores_that_others_used": strangers.cores, **found})
    apart = abs(check["taken"]["median"] - until["claimed"]["median"])
    soon = until["first step done"]["median"] < 1000 * FLOOR_S
    return 0 if soon and apart < 1000 * APART_S else 1


if __name__ == "__main__":
    sys.exit(main())

"""All that is known of one run of the service under faults, as plain values."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple, Self

from worker.jsontypes import Json

FINAL = {"succeeded", "failed", "cancelled"}


class Disk:
    """What the processes did to make files durable and visible.

    Attributes:
        moves: for each path, when it got its name, and from which one.
    """

    def __init__(self, steps: list[Json]) -> None:
        self._fsyncs: dict[str, list[float]] = {}
        self.moves: dict[str, list[tuple[float, str]]] = {}
        for step in steps:
            if step["step"] == "fsync":
                self._fsyncs.setdefault(step["path"], []).append(step["at"])
            else:
                self.moves.setdefault(step["path"], []).append((step["at"], step["from"]))

    def fsynced(self, path: str, after: float, before: float) -> bool:
        return any(after <= at <= before for at in self._fsyncs.get(path, ()))

    def moved_whole(self, path: str, files: Sequence[str] = ("",)) -> bool:
        """Whether it got its name when all of its files had been fsynced under another one."""
        return any(
            source != path and all(self.fsynced(source + file, 0, at) for file in files)
            for at, source in self.moves.get(path, ())
        )

    def kept(self, folder: str, after: float, before: float) -> bool:
        """Whether anything got a name in the folder within this time."""
        times = (at for path, all in self.moves.items() if path.startswith(folder) for at, _ in all)
        return any(after <= at <= before for at in times)

    def durable(self, path: str, before: float) -> bool:
        """Whether a file would have survived a power cut at this time."""
        folder = str(Path(path).parent)
        return any(
            self.fsynced(source, 0, at) and self.fsynced(folder, at, before)
            for at, source in self.moves.get(path, ())
        )


@dataclass(frozen=True)
class Case:
    """What the checker judges.

    Attributes:
        history: what was asked, answered, broken and seen from outside.
        jobs: by id the record, the events, the request in the store, and each attempt's rows.
        models: the versions that can be seen.
        datasets: by id which parts of a dataset are there.
        leftovers: files that are not to outlive whoever writes them.
        steps: each fsync and each rename in the data folder.
        twins: by name, what undisturbed jobs came to.
        settings: those that decide how soon something is to happen.
    """

    history: list[Json]
    jobs: dict[str, Json]
    models: list[Json]
    leftovers: list[str]
    steps: list[Json]
    twins: dict[str, Json]
    settings: Json
    datasets: dict[str, Json] = field(default_factory=dict)

    @cached_property
    def disk(self) -> Disk:
        return Disk(self.steps)

    def of(self, what: str) -> list[Json]:
        return [entry for entry in self.history if entry["what"] == what]

    def faults(self, kind: str) -> list[Json]:
        return [entry for entry in self.of("fault") if entry["kind"] == kind]

    def accepted(self) -> dict[str, Json]:
        """The requests that were acknowledged, by their job's id."""
        return {entry["id"]: entry for entry in self.of("submit") if entry["id"]}

    def cancelled(self) -> set[str]:
        """The jobs whose end on request was acknowledged."""
        return {entry["id"] for entry in self.of("cancel") if entry["status"] == 200}

    def perhaps_cancelled(self) -> set[str]:
        """The jobs whose end was requested, and where it is not known what became of the request:
        the answer may be lost after it was carried out."""
        return {entry["id"] for entry in self.of("cancel") if entry["status"] in {None, 503}}

    def record(self, job: str) -> Json:
        """The record of a job, empty for one that has none."""
        return (self.jobs.get(job) or {}).get("record") or {}

    def rows(self, job: str) -> dict[int, list[list[Any]]]:
        """The rows of each attempt."""
        return {int(attempt): rows for attempt, rows in sorted(self.jobs[job]["rows"].items())}

    def save(self, path: Path) -> None:
        path.write_text(json.dumps(asdict(self)))

    @classmethod
    def load(cls, path: Path) -> Self:
        return cls(**json.loads(path.read_bytes()))


class Recovery(NamedTuple):
    """How long after a kill the job was known to be lost, and in whose hands it then was."""

    job: str
    victim: str
    noticed_s: float
    resumed_s: float | None


def recoveries(case: Case) -> Iterator[Recovery]:
    """What followed each kill; nothing for one that came when the job had just ended."""
    for kill in case.faults("kill"):
        events = (case.jobs.get(kill["job"]) or {}).get("events", [])
        began = [
            place
            for place, event in enumerate(events)
            if event["state"] == "running" and int(event["attempt"]) == kill["attempt"]
        ]
        if not began or len(events) <= began[0] + 1:
            continue
        noticed = events[began[0] + 1]
        if noticed["state"] == "queued" and noticed["at"] > kill["at"] - 0.1:
            later = [event["at"] for event in events[began[0] + 2 :][:1]]
            resumed = later[0] - kill["at"] if later else None
            yield Recovery(kill["job"], kill["victim"], noticed["at"] - kill["at"], resumed)


def overlaps(case: Case) -> dict[str, float]:
    """For how long at a time several processes worked at a job, those that were stopped aside."""
    longest: dict[str, float] = {}
    began: dict[str, float] = {}
    for entry in case.of("workers"):
        counts: dict[str, int] = {}
        for worker in entry["workers"]:
            counts[worker["job"]] = counts.get(worker["job"], 0) + (not worker["stopped"])
        crowded = {job for job, count in counts.items() if count > 1}
        for job in [*began]:
            longest[job] = max(longest.get(job, 0.0), entry["at"] - began[job])
            if job not in crowded:
                del began[job]
        for job in crowded:
            began.setdefault(job, entry["at"])
    return longest


def model_of(job: Json) -> str | None:
    """The model that a job was to make, by its record or its request."""
    found: str | None = (job["record"] or job["request"] or {}).get("model")
    return found

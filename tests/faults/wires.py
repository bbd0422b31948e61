"""Wires: a process that comes by a chosen fsync or rename is signalled there."""

import signal
from typing import NamedTuple

from tests.faults.bench import Bench
from tests.faults.faults import AWAY_S, wait_for


class Step(NamedTuple):
    """An fsync or a rename of the API or a worker, which may pass unharmed so many times."""

    who: str
    step: str
    path: str  # a pattern, from the data folder on
    after: int = 0


REQUEST = Step("service", "rename", r"jobs/\w+/request\.json")
BOOK = Step("service", "rename", r"sweeps/\w+/book\.json")
METRICS = Step("worker", "fsync", r"jobs/\w+/metrics\.\d+\.jsonl")
VISIBLE = Step("worker", "rename", r"models/[\w-]+/\d+")
SUBMISSION = [
    Step("service", "fsync", r"jobs/\w+/request\.json\.\w+\.part"),
    REQUEST,
    Step("service", "fsync", r"jobs/\w+"),
    Step("service", "fsync", r"jobs"),
]
CHECKPOINT = [
    METRICS,
    Step("worker", "fsync", r"jobs/\w+/checkpoints/.*\.part"),
    Step("worker", "rename", r"jobs/\w+/checkpoints/.*\.safetensors"),
    Step("worker", "fsync", r"jobs/\w+/checkpoints"),
    Step("worker", "fsync", r"jobs/\w+"),
]
PUBLICATION = [
    METRICS,
    Step("worker", "fsync", r"models/[\w-]+/\..*\.part/weights\.safetensors"),
    Step("worker", "fsync", r"models/[\w-]+/\..*\.part/manifest\.json"),
    Step("worker", "fsync", r"models/[\w-]+/\..*\.part"),
    Step("worker", "fsync", r"models/[\w-]+"),
    VISIBLE,
    Step("worker", "fsync", r"models/[\w-]+", after=1),
]
DELETION = [
    Step("service", "rename", r"imports/\w+/trashed\.json"),
    Step("service", "fsync", r"imports/\w+"),
    Step("service", "rename", r"datasets/\..*\.part"),
    Step("service", "fsync", r"datasets"),
    Step("service", "rename", r"imports/\..*\.part"),
    Step("service", "fsync", r"imports", after=1),
]


def lay(at: Bench, step: Step, when: str, number: signal.Signals) -> None:
    wire = {**step._asdict(), "when": when, "signal": number.name}
    at.faults.note("wire", **wire)
    at.subject.lay_wire(wire)


def caught(at: Bench) -> int:
    """Who took the wire."""
    found: list[int] = []

    def tripped() -> bool:
        if (pid := at.subject.tripped()) is not None:
            found.append(pid)
        return bool(found)

    if not wait_for(tripped, AWAY_S):
        raise AssertionError("Nobody came by the wire.")
    at.faults.note("caught", pid=found[0])
    return found[0]

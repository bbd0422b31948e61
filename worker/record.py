"""What is written down about a job or an import, and which states it may pass through."""

import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

Json = dict[str, Any]


class State(StrEnum):
    QUEUED = "queued"  # on disk; no worker has it
    RUNNING = "running"  # one attempt holds the lease
    SUCCEEDED = "succeeded"  # the model, or the dataset, is there
    FAILED = "failed"  # the problem says why; nothing was published
    CANCELLED = "cancelled"  # ended on request; nothing was published


MOVES: dict[State, set[State]] = {
    State.QUEUED: {State.RUNNING, State.FAILED, State.CANCELLED},
    # Back to QUEUED when a worker is lost, or is told to stop.
    State.RUNNING: {State.QUEUED, State.SUCCEEDED, State.FAILED, State.CANCELLED},
}
FINAL = {*State} - MOVES.keys()


@dataclass(frozen=True)
class Record:
    """What is known about one job or import. `body` is what the caller asked for."""

    id: str
    state: State
    body: Json
    attempt: int = 0
    losses: int = 0  # attempts that died without saying so
    worker: str = ""  # that has, or had, the attempt
    requested: str = ""  # "cancel" once somebody asked for it
    version: int | None = None  # of the model; given when the attempt began to publish
    device: Json | None = None  # where the arithmetic is done: its kind and its name
    progress: Json | None = None
    findings: list[Json] | None = None  # what the doctor has to say
    gradient_error: float | None = None  # the largest that the gradient check found
    problem: Json | None = None
    result: Json | None = None
    created_at: datetime | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None


AS_JSON = ("body", "device", "progress", "findings", "gradient_error", "problem", "result")
AS_TIME = ("created_at", "started_at", "finished_at")
AS_NUMBER = ("attempt", "losses", "version")


def record_of(record_id: str, fields: Mapping[str, str]) -> Record:
    values: Json = {name: fields.get(name, "") for name in ("worker", "requested")}
    values["state"] = State(fields["state"])
    for name in AS_JSON:
        values[name] = json.loads(fields[name]) if fields.get(name) else None
    for name in AS_TIME:
        if stamp := fields.get(name):
            values[name] = datetime.fromtimestamp(int(stamp) / 1000, UTC)
    for name in AS_NUMBER:
        if number := fields.get(name):
            values[name] = int(number)
    return Record(id=record_id, **values)


def new_id(prefix: str) -> str:
    """`prefix_` and the hexadecimal of a UUIDv7 (RFC 9562, 5.7): ids sort by their time."""
    milliseconds = time.time_ns() // 1_000_000
    value = milliseconds << 80 | 0x7 << 76 | secrets.randbits(12) << 64
    return f"{prefix}_{value | 0b10 << 62 | secrets.randbits(62):032x}"

"""The record of a job, an import or a scoring, its states, and the moves between them."""

import hashlib
import json
import re
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import NamedTuple

from pydantic_core import from_json

from worker.errors import (
    BackboneNotFound,
    DatasetNotFound,
    JobNotFound,
    RecordNotFound,
    ScoringNotFound,
)
from worker.jsontypes import Json


class State(StrEnum):
    """Where a job, an import or a scoring stands."""

    QUEUED = "queued"  # waits for a worker
    RUNNING = "running"  # one attempt holds the lease
    PAUSED = "paused"  # waits to be resumed
    SUCCEEDED = "succeeded"  # the model, the dataset or the answers are in the store
    FAILED = "failed"  # the problem says why; nothing was published
    CANCELLED = "cancelled"  # ended on request; nothing was published


class Move(NamedTuple):
    """From one state to another: who makes it, and when."""

    before: State
    after: State
    who: str
    when: str


# All moves that exist. docs/states.md shows the same table, and a test compares the two.
MOVES = (
    Move(State.QUEUED, State.RUNNING, "worker", "it claims the next attempt"),
    Move(State.QUEUED, State.PAUSED, "caller", "asks for a pause before an attempt has begun"),
    Move(State.QUEUED, State.CANCELLED, "caller", "cancels it"),
    Move(State.RUNNING, State.SUCCEEDED, "worker", "what was asked for is there"),
    Move(State.RUNNING, State.FAILED, "worker", "it cannot be done; the problem says why"),
    Move(State.RUNNING, State.CANCELLED, "worker", "it was asked to cancel"),
    Move(State.RUNNING, State.PAUSED, "worker", "it was asked for a pause"),
    Move(State.RUNNING, State.QUEUED, "worker", "it is told to end and gives the attempt back"),
    Move(State.RUNNING, State.QUEUED, "reaper", "the attempt's process is gone"),
    Move(State.RUNNING, State.FAILED, "reaper", "it is gone again and again without progress"),
    Move(State.RUNNING, State.CANCELLED, "reaper", "it is gone, and a cancel was asked for"),
    Move(State.RUNNING, State.PAUSED, "reaper", "it is gone, and a pause was asked for"),
    Move(State.PAUSED, State.QUEUED, "caller", "resumes it, or has it stopped"),
    Move(State.PAUSED, State.CANCELLED, "caller", "cancels it"),
)
FINAL = {*State} - {move.before for move in MOVES}
UNFINISHED = [state for state in State if state not in FINAL]
# The kinds of records, and what is raised if one does not exist.
KINDS: dict[str, type[RecordNotFound]] = {
    "job": JobNotFound,
    "ds": DatasetNotFound,
    "bb": BackboneNotFound,
    "pred": ScoringNotFound,
}
# What messages call each.
NOUNS = {"job": "job", "ds": "dataset", "bb": "backbone", "pred": "scoring"}
DELETABLE = ("ds", "bb", "pred")  # kinds of records that can be deleted, with what was made
FILED = {*FINAL, State.PAUSED}  # states that are filed in the store as soon as they are reached


def may_move(before: State, after: State) -> bool:
    """Returns whether MOVES has a move between these states."""
    return any((move.before, move.after) == (before, after) for move in MOVES)


@dataclass(frozen=True)
class Record:
    """What is known about one job, import or scoring. `body` is the request of the caller."""

    id: str
    state: State
    body: Json
    attempt: int = 0
    losses: int = 0  # attempts whose process died since the job last wrote a new checkpoint
    worker: str = ""  # the worker that has the attempt, or had the last one
    requested: str = ""  # "cancel", "stop" or "pause", or "" for none
    stop_acknowledged: str = ""  # not "" once the attempt has stopped, and measures the model
    version: int | None = None  # of the model; reserved when the attempt begins to publish
    kept: str = ""  # the epoch and step of the newest checkpoint
    pause_at: str = ""  # the epoch at whose end a candidate of a sweep pauses itself
    renewals: str = ""  # how often attempts have renewed their lease
    lost_at: str = ""  # `kept` at the last loss
    device: Json | None = None  # the kind and name of the device on which the job began
    progress: Json | None = None
    validation: Json | None = None  # the epoch that was best by the validation rows, so far
    findings: list[Json] | None = None  # of the doctor
    gradient_error: float | None = None  # the largest one of the gradient check
    gradient_check: Json | None = None  # what the gradient check compared
    time_shares: list[float] | None = None  # of a step, for each layer
    ended_by: str | None = None  # what ended the training of a model that was published
    promotion: Json | None = None  # what became of the model: whether it answers, and why not
    labels: Json | None = None  # notes and tags, if any were set since it was made
    problem: Json | None = None
    result: Json | None = None
    requested_at: datetime | None = None
    trashed_until: datetime | None = None  # of a dataset in the trash: when it goes for good
    created_at: datetime | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None

    @property
    def kind(self) -> str:
        """ "job", "ds", "bb" or "pred", the prefix of the id."""
        return kind_of(self.id)

    @property
    def root(self) -> str:
        """The id of the upload from which a dataset comes, perhaps over other versions."""
        return str(self.body.get("root", self.id))

    @property
    def sweep(self) -> Json | None:
        """The sweep of which a job is a part: its `id`, and which `candidate` of it, from 0, or
        None for the one that is fitted again."""
        return self.body.get("sweep")

    @property
    def made_by(self) -> Json | None:
        """The `schedule` that has made a job, by its id, and the time `due_at` for which it did."""
        return self.body.get("made_by")

    @property
    def traceparent(self) -> str | None:
        """The place in a trace (W3C) of the request that asked for a job."""
        return self.body.get("traceparent")

    @property
    def is_candidate(self) -> bool:
        """Whether it is a job that is tried by a sweep, and publishes nothing."""
        return self.sweep is not None and self.sweep["candidate"] is not None

    @property
    def pauses_at(self) -> int:
        """The epoch at whose end a candidate of a sweep pauses itself; 0 for none."""
        return int(self.pause_at or (self.sweep or {}).get("pause_at") or 0)

    @property
    def notes(self) -> str:
        """What a person keeps about it."""
        return str((self.labels or self.body).get("notes", ""))

    @property
    def tags(self) -> list[str]:
        """By which lists are filtered."""
        return list((self.labels or self.body).get("tags", ()))

    @property
    def going(self) -> bool:
        """Whether it is a dataset whose files are being removed."""
        return time_text(self.trashed_until) == GOING


AS_JSON = (
    "body", "device", "progress", "validation", "findings", "gradient_error", "gradient_check",
    "time_shares", "ended_by", "promotion", "labels", "problem", "result",
)  # fmt: skip
AS_TEXT = ("worker", "requested", "stop_acknowledged", "kept", "pause_at", "renewals", "lost_at")
AS_TIME = ("requested_at", "created_at", "started_at", "finished_at", "trashed_until")
AS_NUMBER = ("attempt", "losses", "version")
# What the store keeps of a record that has not ended, so that a wiped Redis does not lose it: what
# somebody asked for, and the device on which the job began.
DURABLE = ("requested", "requested_at", "device", "pause_at")
GOING = "0"  # `trashed_until` of a dataset whose files are being removed: nobody may have it back


def record_of(record_id: str, fields: Mapping[str, str]) -> Record:
    """Returns the record of a hash of Redis."""
    values: Json = {name: fields.get(name, "") for name in AS_TEXT}
    values["state"] = State(fields["state"])
    for name in AS_JSON:
        values[name] = from_json(fields[name]) if fields.get(name) else None
    for name in AS_TIME:
        if stamp := fields.get(name):
            values[name] = datetime.fromtimestamp(int(stamp) / 1000, UTC)
    for name in AS_NUMBER:
        if number := fields.get(name):
            values[name] = int(number)
    return Record(id=record_id, **values)


def time_text(time: datetime | None) -> str:
    """Returns a time as a field of a hash of Redis, in milliseconds since 1970; "" for None."""
    return "" if time is None else str(round(time.timestamp() * 1000))


def kind_of(record_id: str) -> str:
    """The kind of record that an id names: "job"; "ds" of a dataset, "bb" of a backbone,
    "pred" of a scoring."""
    return record_id.partition("_")[0]


def is_id(kind: str, name: str) -> bool:
    """Whether this is the id of a record of a kind, and not a name."""
    return re.fullmatch(f"{kind}_[0-9a-f]{{32}}", name) is not None


def created_ms(record_id: str) -> int:
    """When the id was made, in milliseconds since 1970 (RFC 9562, 5.7)."""
    return int(record_id.partition("_")[2][:12], 16)


def new_id(kind: str) -> str:
    """Returns a new id: `kind_` and a UUIDv7 in hexadecimal (RFC 9562, 5.7).

    Ids sort by the time at which they were made.
    """
    return _id(kind, time.time_ns() // 1_000_000, secrets.randbits(74))


def derived_id(kind: str, at_ms: int, *reason: str) -> str:
    """Returns the id of what is made for a reason at a time, in milliseconds since 1970: whoever
    makes it, it is the same."""
    digest = hashlib.sha256(json.dumps([kind, at_ms, *reason]).encode()).digest()
    return _id(kind, at_ms, int.from_bytes(digest[:10]) >> 6)


def _id(kind: str, at_ms: int, chance: int) -> str:
    """An id of this time with these 74 bits of chance."""
    value = at_ms << 80 | 0x7 << 76 | chance >> 62 << 64
    return f"{kind}_{value | 0b10 << 62 | chance & (1 << 62) - 1:032x}"

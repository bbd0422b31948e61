"""The truth about jobs and imports: what may be done to a record, and by whom."""

import json
from collections.abc import Sequence
from typing import Any

import redis

from worker.errors import Cancelled, IllegalMove, LeaseLost, WorkerLost
from worker.jobs.record import FINAL, UNFINISHED, Record, State
from worker.jobs.redis_connection import redis_named
from worker.jobs.redis_records import KINDS, Expected, RedisRecords
from worker.jsontypes import Json

NEXT_VERSION = """
local last = tonumber(redis.call('HGET', KEYS[1], ARGV[1]) or 0)
local version = math.max(last, tonumber(ARGV[2])) + 1
redis.call('HSET', KEYS[1], ARGV[1], version)
return version
"""

RANKS = {"high": -1, "normal": 0, "low": 1}  # of priorities: the lowest is next

# Where an attempt's end leads to when somebody has asked for something meanwhile.
ENDS = {"cancel": State.CANCELLED, "pause": State.PAUSED}


class Transitions(RedisRecords):
    """All records of one kind, and every move that they can make."""

    def __init__(self, client: redis.Redis, kind: str) -> None:
        super().__init__(client, kind)
        self._next_version = client.register_script(NEXT_VERSION)

    def create(self, record_id: str, body: Json) -> Record:
        """A queued record. Creating it twice, as a silent retry may, is creating it once."""
        fields = {"state": State.QUEUED, "attempt": "0", "rank": rank_of(body)}
        fields["body"] = json.dumps(body)
        _, record = self.change(
            record_id,
            {"state": [""]},
            fields,
            stamp=["created_at"],
            who="caller",
            why="submitted",
        )
        return record

    def restore(self, record_id: str, fields: Json) -> bool:
        """Bring back a record as it was; gives whether it was away, or older than this. Only one
        that is to be worked on has an event of it: nothing happens to the others."""
        if fields["state"] in FINAL:
            return self.put_back(record_id, {"state": ["", *UNFINISHED]}, fields)
        if fields["state"] != State.QUEUED:
            return self.put_back(record_id, {"state": [""]}, fields)
        back, record = self.change(
            record_id, {"state": [""]}, fields, who="reaper", why="brought back"
        )
        if not back and record.attempt < int(fields["attempt"]):
            # Its later attempts have files, which the next one must not take for its own.
            expect: Expected = {"state": UNFINISHED, "attempt": [str(record.attempt)]}
            later = {"state": State.QUEUED, "attempt": fields["attempt"]}
            back = self.put_back(record_id, expect, later)
        return back

    # What an attempt says.

    def claim(self, record_id: str, worker: str, lease_s: float) -> Record:
        """Begin the next attempt. Only one of those who try gets it; the others get LeaseLost."""
        before = self.get(record_id)
        mine = {"attempt": str(before.attempt + 1), "worker": worker, "stop_acknowledged": ""}
        claimed, record = self.change(
            record_id,
            {"state": [State.QUEUED], "attempt": [str(before.attempt)]},
            {"state": State.RUNNING, **mine},
            stamp=["started_at"],
            lease_s=lease_s,
            who=worker,
            why="claimed",
        )
        known = State.RUNNING, before.attempt + 1, worker
        if not claimed and (record.state, record.attempt, record.worker) != known:
            raise LeaseLost(f"Expected {record_id} to be queued, found it {record.state}.")
        return record

    def renew(
        self, mine: Record, lease_s: float, notes: Json, events: Sequence[Json] = ()
    ) -> Record:
        """Say that the attempt lives and what is new; gives the record with what was asked.

        Each time with the next number: what a client sends again by itself is told once.
        """
        renewals = str(int(mine.renewals or 0) + 1)
        fields = {"renewals": renewals, **as_text(notes)}
        return self._fenced(
            mine, {"renewals": [mine.renewals]}, fields, lease_s=lease_s, events=events
        )

    def begin_publishing(self, mine: Record, name: str, at_least: int) -> Record:
        """Pass the point after which the job can no longer be cancelled; reserves the version.

        A later attempt that finds a version reserved keeps it, so a job publishes once.
        """
        if mine.version is not None:
            return mine
        with redis_named():
            version = self._next_version(keys=["purr:versions"], args=[name, at_least])
        try:
            # Who asked for a pause now would wait for ever: what it is to stop is done.
            asked: Expected = {"requested": ["", "stop", "pause"]}
            return self._fenced(mine, asked, {"version": str(version)})
        except LeaseLost as error:
            if self.get(mine.id).requested == "cancel":
                raise Cancelled("Cancelled on request.") from error
            raise

    def finish(
        self, mine: Record, state: State, notes: Json | None = None, events: Sequence[Json] = ()
    ) -> Record:
        """The attempt's end, and with it the record's; the notes have its result or problem."""
        notes = notes or {}
        why = notes.get("problem", {}).get("code", "done")
        fields = {"state": state, **as_text(notes)}
        return self._fenced(
            mine, {}, fields, stamp=["finished_at"], who=mine.worker, why=why, events=events
        )

    def give_back(
        self, mine: Record, why: str, notes: Json | None = None, events: Sequence[Json] = ()
    ) -> Record:
        """The attempt ends here through no fault of the job: queue it again, or pause it if that
        was asked for."""
        return self._leave(
            mine, {"state": State.QUEUED, **as_text(notes or {})}, mine.worker, why, events
        )

    # What the reaper says.

    def lose(self, mine: Record, max_losses: float, cause: str) -> Record:
        """Its process died. Queue it again, or fail it when that has happened too often since the
        job last got on."""
        losses = mine.losses + 1 if mine.kept == mine.lost_at else 1
        fields = {"state": State.QUEUED, "losses": str(losses), "lost_at": mine.kept}
        if losses >= max_losses:
            detail = (
                f"The worker that had it was lost {losses} times without getting on; the last "
                f"cause: {cause}."
            )
            fields["state"] = State.FAILED
            fields["problem"] = json.dumps({"code": WorkerLost.code, "detail": detail})
        return self._leave(mine, fields, "reaper", cause)

    # What callers ask for. Twice is as good as once.

    def cancel(self, record_id: str) -> Record:
        """End a record that no attempt has now; ask a running one to end."""
        ended, record = self.change(
            record_id,
            {"state": [State.QUEUED, State.PAUSED], "version": [""]},
            {"state": State.CANCELLED, "requested": "cancel"},
            stamp=["finished_at"],
            who="caller",
            why="cancel",
        )
        if ended or record.state is State.CANCELLED:
            return record
        return self._ask(record_id, "cancel", instead_of=["", "stop", "pause"])

    def pause(self, record_id: str) -> Record:
        """Keep it from being worked on, and what was done so far."""
        paused, record = self.change(
            record_id,
            {"state": [State.QUEUED], "version": [""], "requested": [""]},
            {"state": State.PAUSED},
            who="caller",
            why="pause",
        )
        if paused or record.state is State.PAUSED:
            return record
        return self._ask(record_id, "pause", instead_of=[""])

    def resume(self, record_id: str) -> Record:
        """Have a paused record go on; returns one that is queued if it is to be enqueued."""
        return self._go_on(record_id, "")

    def stop(self, record_id: str) -> Record:
        """Have it end early and keep what was learned; like `resume`, it may give a queued one."""
        record = self.get(record_id)
        if record.state is State.SUCCEEDED and record.requested == "stop":
            return record
        if record.state in (State.QUEUED, State.PAUSED) and record.attempt == 0:
            raise IllegalMove(
                "Expected a job that has begun; this one has learned nothing that could be kept. "
                "Cancel it instead."
            )
        if record.state is State.PAUSED:
            record = self._go_on(record_id, "stop")
            # Else somebody resumed it just before.
            return record if record.requested == "stop" else self.stop(record_id)
        return self._ask(record_id, "stop", instead_of=["", "pause"])

    def _go_on(self, record_id: str, asking: str) -> Record:
        going, record = self.change(
            record_id,
            {"state": [State.PAUSED]},
            {"state": State.QUEUED, "requested": asking},
            stamp=["requested_at"] if asking else [],
            who="caller",
            why=asking or "resume",
        )
        if not going and record.requested == "pause" and not asking:
            # It was asked for a pause and has not come to it.
            _, record = self.change(
                record_id,
                {"state": [State.RUNNING, State.QUEUED], "requested": ["pause"]},
                {"requested": ""},
            )
            if record.state is State.PAUSED:  # now it has
                return self._go_on(record_id, asking)
        if not going and record.state in FINAL:
            raise IllegalMove(f"Expected a job that is not over; this one is {record.state}.")
        return record

    def _ask(self, record_id: str, what: str, instead_of: Sequence[str]) -> Record:
        """Note a wish for whoever has the attempt, or will have it."""
        states = [State.RUNNING] if what != "stop" else [State.RUNNING, State.QUEUED]
        expect: Expected = {"state": states, "version": [""], "requested": instead_of}
        asked, record = self.change(record_id, expect, {"requested": what}, stamp=["requested_at"])
        if asked or (record.requested == what and record.state not in FINAL):
            return record
        free = record.version is None and record.requested in instead_of
        if free and record.state not in (*states, *FINAL):
            return self._asked_again(record_id, what)
        if record.state in FINAL or record.version is not None:
            done = f"is {record.state}" if record.state in FINAL else "is being published"
        else:
            done = f"is {record.state}" + (f", to {record.requested}" if record.requested else "")
        raise IllegalMove(f"Expected a job that one can {what}; this one {done}.")

    def _asked_again(self, record_id: str, what: str) -> Record:
        """What was asked of an attempt that has ended just before."""
        again = {"cancel": self.cancel, "pause": self.pause, "stop": self.stop}
        return again[what](record_id)

    # How an attempt shows that it holds the lease.

    def _fenced(self, mine: Record, expect: Expected, fields: Json, **how: Any) -> Record:
        """Change what only the attempt that holds the lease may change."""
        # With the worker: attempts may be counted again from lower down once Redis was wiped.
        fence: Expected = {"state": [State.RUNNING], "attempt": [str(mine.attempt)]}
        fence |= {"worker": [mine.worker], **expect}
        changed, record = self.change(mine.id, fence, fields, **how)
        same = (record.attempt, record.worker) == (mine.attempt, mine.worker)
        # A client whose answer got lost asks again by itself: then it was this very change.
        if not changed and not (same and shows(record, fields)):
            raise LeaseLost(
                f"Attempt {mine.attempt} of {mine.id} came too late: it is {record.state}, "
                f"attempt {record.attempt}{record.requested and f', to {record.requested}'}."
            )
        return record

    def _leave(
        self, mine: Record, fields: Json, who: str, why: str, events: Sequence[Json] = ()
    ) -> Record:
        """End an attempt, not the record; what was asked for meanwhile comes before the fields."""
        record = self.get(mine.id)
        after = dict(fields)
        if record.requested in ENDS and record.version is None:
            after["state"] = ENDS[record.requested]
            after.pop("problem", None)
        if record.requested == "pause":
            # It has come to it; or it never will, for what it began to publish is to be there.
            after["requested"] = ""
        stamp = ["finished_at"] if after["state"] in FINAL else []
        as_it_is: Expected = {"requested": [record.requested]}
        try:
            return self._fenced(mine, as_it_is, after, stamp=stamp, who=who, why=why, events=events)
        except LeaseLost:
            if self.get(mine.id).requested == record.requested:
                raise
            return self._leave(mine, fields, who, why, events)  # somebody asked just then


def shows(record: Record, fields: Json) -> bool:
    """Whether these were set already, by what nobody else would have set so."""
    marks = [name for name in ("state", "renewals", "version") if name in fields]
    return bool(marks) and all(str(getattr(record, name)) == str(fields[name]) for name in marks)


def rank_of(body: Json) -> str:
    return str(RANKS[body.get("priority", "normal")])


def as_text(notes: Json) -> dict[str, str]:
    return {name: json.dumps(value) for name, value in notes.items()}


def open_records(client: redis.Redis) -> dict[str, Transitions]:
    """The records of every kind."""
    return {kind: Transitions(client, kind) for kind in KINDS}

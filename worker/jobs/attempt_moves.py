"""The moves of a record that is being worked on: from the claim of an attempt to its end."""

import json
from collections.abc import Sequence
from typing import Any

import redis

from worker.errors import Cancelled, LeaseLost, QueueUnavailable, RecordNotFound, WorkerLost
from worker.jobs.record import FINAL, Record, State
from worker.jobs.redis_connection import redis_named
from worker.jobs.redis_records import Expected, RedisRecords
from worker.jsontypes import Json

NEXT_VERSION = """
local last = tonumber(redis.call('HGET', KEYS[1], ARGV[1]) or 0)
local version = math.max(last, tonumber(ARGV[2])) + 1
redis.call('HSET', KEYS[1], ARGV[1], version)
return version
"""

# The state in which a record is left when an attempt ends after one of these was requested.
REQUESTED_ENDS = {"cancel": State.CANCELLED, "pause": State.PAUSED}


class AttemptMoves(RedisRecords):
    """What an attempt, or the reaper on its behalf, does to its record.

    `claimed` is the record as the attempt saw it last. Its attempt number and its worker are the
    fence: a change by an attempt that has lost its lease is refused with LeaseLost.
    """

    def __init__(self, client: redis.Redis, kind: str) -> None:
        super().__init__(client, kind)
        self._next_version = client.register_script(NEXT_VERSION)

    def claim(self, record_id: str, worker: str, lease_s: float) -> Record:
        """Begin the next attempt at a queued record.

        Raises:
            LeaseLost: it is not queued any more; of several workers, only one gets it.
            RecordNotFound: there is no such record.
        """
        before = self.get(record_id)
        new = {"attempt": str(before.attempt + 1), "worker": worker, "stop_acknowledged": ""}
        changed, record = self.change(
            record_id,
            {"state": [State.QUEUED], "attempt": [str(before.attempt)]},
            {"state": State.RUNNING, **new},
            stamp=["started_at"],
            lease_s=lease_s,
            who=worker,
            why="claimed",
        )
        # The client repeats a command whose answer was lost: then this claim succeeded before.
        as_claimed = State.RUNNING, before.attempt + 1, worker
        if not changed and (record.state, record.attempt, record.worker) != as_claimed:
            raise LeaseLost(f"Expected {record_id} to be queued, found it {record.state}.")
        return record

    def renew(
        self, claimed: Record, lease_s: float, notes: Json, events: Sequence[Json] = ()
    ) -> Record:
        """Extend the lease, and write down what is new.

        Each renewal has the next number, so one that the client repeats writes its events once.

        Returns:
            The record, with what was requested meanwhile.

        Raises:
            LeaseLost: the attempt does not hold the lease any more.
        """
        renewals = str(int(claimed.renewals or 0) + 1)
        fields = {"renewals": renewals, **as_text(notes)}
        return self._fenced(
            claimed, {"renewals": [claimed.renewals]}, fields, lease_s=lease_s, events=events
        )

    def begin_publishing(self, claimed: Record, name: str, at_least: int) -> Record:
        """Reserve a version of the model; from here on the job cannot be cancelled.

        A later attempt keeps a version that an earlier one reserved, so a job publishes once.

        Args:
            at_least: the newest version in the store; the reserved one is higher.

        Raises:
            Cancelled: a cancel was requested before.
            LeaseLost: the attempt does not hold the lease any more.
        """
        if claimed.version is not None:
            return claimed
        with redis_named():
            version = self._next_version(keys=["purr:versions"], args=[name, at_least])
        return self._uncancelled(claimed, {"version": str(version)})

    def check_held(self, claimed: Record) -> None:
        """Raise if the attempt may not change anything that others see.

        Raises:
            LeaseLost: it does not hold the lease any more, or nobody can say so: the next attempt
                may do it.
        """
        try:
            now = self.get(claimed.id)
        except (RecordNotFound, QueueUnavailable) as error:
            raise LeaseLost(f"Redis does not know who has {claimed.id}.") from error
        mine = State.RUNNING, claimed.attempt, claimed.worker
        if (now.state, now.attempt, now.worker) != mine:
            raise late(claimed, now)

    def finish(
        self, claimed: Record, state: State, notes: Json | None = None, events: Sequence[Json] = ()
    ) -> Record:
        """End the record in a final state.

        Args:
            notes: fields of the record, among them its result or problem.

        Raises:
            Cancelled: it would succeed, but a cancel was requested before.
            LeaseLost: the attempt does not hold the lease any more.
        """
        notes = notes or {}
        why = notes.get("problem", {}).get("code", "done")
        fields = {"state": state, **as_text(notes)}
        how: Json = {"stamp": ["finished_at"], "who": claimed.worker, "why": why, "events": events}
        if state is State.SUCCEEDED:
            return self._uncancelled(claimed, fields, **how)
        return self._fenced(claimed, {}, fields, **how)

    def give_back(
        self, claimed: Record, why: str, notes: Json | None = None, events: Sequence[Json] = ()
    ) -> Record:
        """End the attempt, through no fault of the job: queue it again, or do what was requested.

        Raises:
            LeaseLost: the attempt does not hold the lease any more.
        """
        fields = {"state": State.QUEUED, **as_text(notes or {})}
        return self._end_attempt(claimed, fields, claimed.worker, why, events)

    def record_loss(self, claimed: Record, max_losses: float, cause: str) -> Record:
        """End an attempt whose process died: queue the record again, or do what was requested.

        Args:
            max_losses: so many losses without a new checkpoint in between fail the record.

        Raises:
            LeaseLost: the attempt has ended already.
        """
        losses = claimed.losses + 1 if claimed.kept == claimed.lost_at else 1
        fields = {"state": State.QUEUED, "losses": str(losses), "lost_at": claimed.kept}
        if losses >= max_losses:
            detail = (
                f"The worker that had it was lost {losses} times without getting on; the last "
                f"cause: {cause}."
            )
            fields["state"] = State.FAILED
            fields["problem"] = json.dumps({"code": WorkerLost.code, "detail": detail})
        return self._end_attempt(claimed, fields, "reaper", cause)

    def _uncancelled(self, claimed: Record, fields: Json, **how: Any) -> Record:
        """Change what only the attempt that holds the lease may change, unless a cancel was
        requested."""
        # A pause is too late, and let pass: the work that it was to stop is done.
        asked: Expected = {"requested": ["", "stop", "pause"]}
        try:
            return self._fenced(claimed, asked, fields, **how)
        except LeaseLost as error:
            if self.get(claimed.id).requested == "cancel":
                raise Cancelled("Cancelled on request.") from error
            raise

    def _fenced(self, claimed: Record, expect: Expected, fields: Json, **how: Any) -> Record:
        """Change what only the attempt that holds the lease may change."""
        # The number alone is no fence: after a wipe of Redis, attempts may be numbered again.
        fence: Expected = {"state": [State.RUNNING], "attempt": [str(claimed.attempt)]}
        fence |= {"worker": [claimed.worker], **expect}
        changed, record = self.change(claimed.id, fence, fields, **how)
        same = (record.attempt, record.worker) == (claimed.attempt, claimed.worker)
        # The client repeats a command whose answer was lost: then this very change was made before.
        if not changed and not (same and shows(record, fields)):
            raise late(claimed, record)
        return record

    def _end_attempt(
        self, claimed: Record, fields: Json, who: str, why: str, events: Sequence[Json] = ()
    ) -> Record:
        """End an attempt but not its record; a request that came meanwhile overrides the fields."""
        record = self.get(claimed.id)
        after = dict(fields)
        if record.requested in REQUESTED_ENDS and record.version is None:
            after["state"] = REQUESTED_ENDS[record.requested]
            after.pop("problem", None)
        if record.requested == "pause":
            # It is paused by this; or it has a version, and is going to be published all the same.
            after["requested"] = ""
        stamp = ["finished_at"] if after["state"] in FINAL else []
        unchanged: Expected = {"requested": [record.requested]}
        try:
            return self._fenced(
                claimed, unchanged, after, stamp=stamp, who=who, why=why, events=events
            )
        except LeaseLost:
            if self.get(claimed.id).requested == record.requested:
                raise
            # Only the request has changed meanwhile.
            return self._end_attempt(claimed, fields, who, why, events)


def late(claimed: Record, now: Record) -> LeaseLost:
    """Returns the error that an attempt came too late."""
    return LeaseLost(
        f"Attempt {claimed.attempt} of {claimed.id} came too late: it is {now.state}, attempt "
        f"{now.attempt}{now.requested and f', to {now.requested}'}."
    )


def shows(record: Record, fields: Json) -> bool:
    """Whether this change was made already, judged by the fields that only it sets like this."""
    marks = [name for name in ("state", "renewals", "version") if name in fields]
    return bool(marks) and all(str(getattr(record, name)) == str(fields[name]) for name in marks)


def as_text(notes: Json) -> dict[str, str]:
    """Returns the notes as fields of a Redis hash: each value as JSON."""
    return {name: json.dumps(value) for name, value in notes.items()}

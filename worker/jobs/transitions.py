"""All that may be done to a record, and by whom: it is created, worked on, and asked for."""

import json
from collections.abc import Sequence

import redis

from worker.jobs.attempt_moves import AttemptMoves
from worker.jobs.caller_moves import CallerMoves
from worker.jobs.filtered_pages import FilteredPages
from worker.jobs.record import FINAL, KINDS, UNFINISHED, Record, State
from worker.jobs.redis_connection import now_ms, redis_named
from worker.jobs.redis_records import Expected
from worker.jobs.sweep_moves import SweepMoves
from worker.jsontypes import Json

RANKS = {"high": -1, "normal": 0, "low": 1}  # of priorities: the lowest rank comes first


class Transitions(AttemptMoves, CallerMoves, SweepMoves, FilteredPages):
    """All records of one kind, and every move that they can make.

    Every method raises QueueUnavailable if Redis does not answer.
    """

    def create(self, record_id: str, body: Json, needs: Sequence[str] = ()) -> Record:
        """Returns a new queued record. One that exists already is returned as it is.

        Args:
            needs: ids of datasets and backbones that must be ready at this moment.

        Raises:
            DatasetNotFound, BackboneNotFound, DatasetNotReady: one is not.
        """
        fields = {"state": State.QUEUED, "attempt": "0", "rank": rank_of(body)}
        fields["body"] = json.dumps(body)
        _, record = self.change(
            record_id,
            {"state": [""]},
            fields,
            stamp=["created_at"],
            who="caller",
            why="submitted",
            needs=needs,
        )
        return record

    def now_ms(self) -> int:
        """Returns the time of Redis, by which all hosts go, in milliseconds since 1970."""
        with redis_named():
            return now_ms(self._redis)

    def restore(self, record_id: str, fields: Json) -> bool:
        """Bring back a record that the store knows better than Redis does.

        Only one that is queued again has an event of it: nothing happens to the others.

        Returns:
            Whether Redis did not know it, or only an older state of it.
        """
        if fields["state"] in FINAL:
            return self.put_back(record_id, {"state": ["", *UNFINISHED]}, fields)
        if fields["state"] != State.QUEUED:
            return self.put_back(record_id, {"state": [""]}, fields)
        back, record = self.change(
            record_id, {"state": [""]}, fields, who="reaper", why="brought back"
        )
        if not back and record.attempt < int(fields["attempt"]):
            # Redis has forgotten attempts that have files: the next one must not use their number.
            expect: Expected = {"state": UNFINISHED, "attempt": [str(record.attempt)]}
            later = {"state": State.QUEUED, "attempt": fields["attempt"]}
            back = self.put_back(record_id, expect, later)
        return back


def rank_of(body: Json) -> str:
    """Returns the rank of a job's priority, as a field of its record."""
    return str(RANKS[body.get("priority", "normal")])


def open_records(client: redis.Redis) -> dict[str, Transitions]:
    """Returns the records of every kind, by kind."""
    return {kind: Transitions(client, kind) for kind in KINDS}

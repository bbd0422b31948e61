"""The moves that a sweep makes with jobs that have paused themselves."""

import json

from worker.jobs.record import Record, State
from worker.jobs.redis_records import RedisRecords

GIVEN_UP = "halving"  # what ended a job that its sweep has given up


class SweepMoves(RedisRecords):
    """What becomes of a paused job of a sweep. One that is not paused any more is returned as it
    is: to do it twice is as good as doing it once."""

    def go_on(self, record_id: str, pause_at: int) -> Record:
        """Queue a job again that has paused itself; the caller must enqueue it.

        Args:
            pause_at: the epoch at whose end it pauses itself next; its last one for not at all.
        """
        _, record = self.change(
            record_id,
            {"state": [State.PAUSED]},
            {"state": State.QUEUED, "requested": "", "pause_at": str(pause_at)},
            who="sweep",
            why="among the best",
        )
        return record

    def give_up(self, record_id: str) -> Record:
        """End a paused job, of which nothing but what it measured is kept."""
        _, record = self.change(
            record_id,
            {"state": [State.PAUSED]},
            {"state": State.CANCELLED, "requested": "cancel", "ended_by": json.dumps(GIVEN_UP)},
            stamp=["finished_at"],
            who="sweep",
            why="not among the best",
        )
        return record

"""The moves that a caller may ask for: cancel, pause, resume and stop."""

from collections.abc import Sequence

from worker.errors import IllegalMove
from worker.jobs.record import FINAL, NOUNS, Record, State
from worker.jobs.redis_records import Expected, RedisRecords


class CallerMoves(RedisRecords):
    """What a caller asks of a record. Asking twice is as good as asking once.

    A record that no attempt has is changed at once. Otherwise the request is written down, and the
    attempt does what was requested. Every method raises RecordNotFound if there is no such
    record.
    """

    def cancel(self, record_id: str) -> Record:
        """End a record, and keep nothing of it.

        Raises:
            IllegalMove: it has ended otherwise, or is being published.
        """
        changed, record = self.change(
            record_id,
            {"state": [State.QUEUED, State.PAUSED], "version": [""]},
            {"state": State.CANCELLED, "requested": "cancel"},
            stamp=["finished_at"],
            who="caller",
            why="cancel",
        )
        if changed or record.state is State.CANCELLED:
            return record
        return self._request(record_id, "cancel", instead_of=["", "stop", "pause"])

    def pause(self, record_id: str) -> Record:
        """Keep what was done so far, and let no worker go on with it.

        Raises:
            IllegalMove: it has ended, is being published, or is to be stopped or cancelled.
        """
        changed, record = self.change(
            record_id,
            {"state": [State.QUEUED], "version": [""], "requested": [""]},
            {"state": State.PAUSED},
            who="caller",
            why="pause",
        )
        if changed or record.state is State.PAUSED:
            return record
        return self._request(record_id, "pause", instead_of=[""])

    def resume(self, record_id: str) -> Record:
        """Queue a paused record again, or take back a pause that no attempt has carried out yet.

        Returns:
            The record; the caller must enqueue one that is queued.

        Raises:
            IllegalMove: it has ended.
        """
        return self._unpause(record_id, "")

    def stop(self, record_id: str) -> Record:
        """Have a job end early and publish what it has learned. A paused one is queued for that.

        Returns:
            The record; the caller must enqueue one that is queued.

        Raises:
            IllegalMove: it has ended, is being published, is to be cancelled, has not begun, or has
                trained nothing yet but its folds.
        """
        record = self.get(record_id)
        if record.state is State.SUCCEEDED and record.requested == "stop":
            return record
        if record.state in (State.QUEUED, State.PAUSED) and record.attempt == 0:
            raise IllegalMove(
                "Expected a job that has begun; this one has learned nothing that could be kept. "
                "Cancel it instead."
            )
        if record.state not in FINAL and in_folds(record):
            raise IllegalMove(
                "Expected a job that trains on all of its rows by now; this one trains on folds, "
                "which leave no model that could be kept. Cancel it, or wait."
            )
        if record.state is State.PAUSED:
            record = self._unpause(record_id, "stop")
            # Otherwise somebody else resumed it just before.
            return record if record.requested == "stop" else self.stop(record_id)
        return self._request(record_id, "stop", instead_of=["", "pause"])

    def _unpause(self, record_id: str, request: str) -> Record:
        """Queue a paused record, with this request for its next attempt."""
        changed, record = self.change(
            record_id,
            {"state": [State.PAUSED]},
            {"state": State.QUEUED, "requested": request},
            stamp=["requested_at"] if request else [],
            who="caller",
            why=request or "resume",
        )
        if not changed and record.requested == "pause" and not request:
            # No attempt has carried out the pause yet: take the request back.
            _, record = self.change(
                record_id,
                {"state": [State.RUNNING, State.QUEUED], "requested": ["pause"]},
                {"requested": ""},
            )
            if record.state is State.PAUSED:  # it was carried out just now
                return self._unpause(record_id, request)
        if not changed and record.state in FINAL:
            raise IllegalMove(f"Expected a job that is not over; this one is {record.state}.")
        return record

    def _request(self, record_id: str, request: str, instead_of: Sequence[str]) -> Record:
        """Write down a request for the attempt that has the record, or for the next one.

        Args:
            instead_of: earlier requests that this one replaces.
        """
        states = [State.RUNNING] if request != "stop" else [State.RUNNING, State.QUEUED]
        expect: Expected = {"state": states, "version": [""], "requested": instead_of}
        changed, record = self.change(
            record_id, expect, {"requested": request}, stamp=["requested_at"]
        )
        if changed or (record.requested == request and record.state not in FINAL):
            return record
        replaceable = record.version is None and record.requested in instead_of
        if replaceable and record.state not in (*states, *FINAL):
            return self._repeat(record_id, request)
        if record.state in FINAL or record.version is not None:
            done = f"is {record.state}" if record.state in FINAL else "is being published"
        else:
            done = f"is {record.state}" + (f", to {record.requested}" if record.requested else "")
        noun = NOUNS[self.kind]
        raise IllegalMove(f"Expected a {noun} that one can {request}; this one {done}.")

    def _repeat(self, record_id: str, request: str) -> Record:
        """Make a request once more, because the attempt it was for has ended just before."""
        repeat = {"cancel": self.cancel, "pause": self.pause, "stop": self.stop}
        return repeat[request](record_id)


def in_folds(record: Record) -> bool:
    """Whether a job has folds, and has told of no epoch of the training on all rows, which comes
    after them."""
    folds, progress = record.body.get("folds"), record.progress or {}
    return folds is not None and progress.get("fold", 1) is not None

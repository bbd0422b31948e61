"""A sweep as its book and the records of its jobs say it."""

from collections.abc import Iterator, Mapping

from worker.jobs.record import Record, State
from worker.jobs.sweep_moves import GIVEN_UP
from worker.jsontypes import Json
from worker.operations.sweep_book import Book, Try
from worker.operations.sweep_leaderboard import Tried
from worker.operations.sweep_rungs import Rung

OCCUPYING = (State.QUEUED, State.RUNNING)


class Sweep:
    """What has become of each candidate so far.

    Attributes:
        body: what was asked for, with all candidates.
        records: those of the jobs that are not over, by id.
    """

    def __init__(self, sweep_id: str, body: Json, book: Book, records: Mapping[str, Record]):
        self.id, self.body, self.book = sweep_id, body, book
        self.records = dict(records)
        self.rungs = [Rung(*each) for each in body["rungs"]]
        self._tries, self._counted = dict[int, Try](), 0

    @property
    def tries(self) -> dict[int, Try]:
        """The jobs of candidates, by candidate."""
        for each in self.book.tries[self._counted :]:  # which only grow
            if each.candidate is not None:
                self._tries[each.candidate] = each
        self._counted = len(self.book.tries)
        return self._tries

    @property
    def refit(self) -> Try | None:
        """The job of the best one that is fitted again, if there is one yet."""
        return next((each for each in self.book.tries if each.candidate is None), None)

    @property
    def winner(self) -> int | None:
        """The best candidate, once no other can become it."""
        return self.best() if self.refit or self.book.end else None

    @property
    def entrants(self) -> list[int]:
        """The candidates that train for the present rung."""
        return self.book.rungs[-1] if self.book.rungs else [*range(len(self.body["candidates"]))]

    @property
    def pause_at(self) -> int:
        """The epoch at whose end the entrants wait for one another; 0 where each goes to its
        end."""
        return 0 if self.at_last_rung else self.rungs[len(self.book.rungs)].epochs

    @property
    def occupied(self) -> int:
        """How many jobs wait for a worker or have one."""
        return sum(record.state in OCCUPYING for record in self.records.values())

    @property
    def seconds(self) -> float:
        """Of training, by all candidates."""
        found = (self.validation(each) for each in self.tries)
        return sum(float(each["seconds"]) for each in found if each)

    @property
    def spent(self) -> bool:
        """Whether no candidate may begin or go on any more."""
        most = (self.body["budget"] or {}).get("seconds")
        return most is not None and self.seconds >= most

    @property
    def state(self) -> State:
        if self.book.end:
            return State(self.book.end["state"])
        paused = self.book.wish == "pause" and not self.occupied
        return State.PAUSED if paused else State.RUNNING

    def state_of(self, candidate: int) -> str:
        """The state of a candidate's job; "waiting" before there is one."""
        if (found := self.tries.get(candidate)) is None:
            return "waiting"
        if found.over is not None:
            return "given_up" if found.over.get("ended_by") == GIVEN_UP else found.over["state"]
        record = self.records.get(found.job)
        return State.QUEUED if record is None else record.state

    @property
    def refit_job(self) -> Json | None:
        """The job of the best one that is fitted again: its id, its state, and the version that it
        has published, if it has."""
        if (found := self.refit) is None:
            return None
        record, over = self.records.get(found.job), found.over or {}
        state = over.get("state", State.QUEUED if record is None else record.state)
        version = over.get("version") if state == State.SUCCEEDED else None
        return {"job": found.job, "state": state, "version": version}

    def record(self, candidate: int) -> Record | None:
        """The record of a candidate's job that is not over."""
        found = self.tries.get(candidate)
        return None if found is None else self.records.get(found.job)

    def validation(self, candidate: int) -> Json | None:
        """What was best of a candidate by the validation rows, so far."""
        if (record := self.record(candidate)) is not None:
            return record.validation
        found = self.tries.get(candidate)
        return (found.over or {}).get("validation") if found else None

    def settled(self, candidate: int) -> bool:
        """Whether a candidate is over, or waits for the others at the end of the present rung."""
        if (found := self.tries.get(candidate)) is None or found.over is not None:
            return found is not None
        record = self.records.get(found.job)
        if record is None or record.state is not State.PAUSED:
            return False
        return 0 < self.pause_at <= int((record.validation or {}).get("epochs", 0))

    def to_begin(self) -> Iterator[int]:
        """The candidates that may begin or go on, those first that have begun."""
        open_ = [each for each in self.entrants if not self.settled(each)]
        waiting = [each for each in open_ if not self._occupies(each)]
        yield from sorted(waiting, key=lambda each: each not in self.tries)

    @property
    def rung_is_over(self) -> bool:
        """Whether all entrants of the present rung are settled."""
        return all(map(self.settled, self.entrants))

    @property
    def at_last_rung(self) -> bool:
        return len(self.book.rungs) == len(self.rungs) - 1

    def best_entrants(self) -> list[int]:
        """Those that go on to the next rung."""
        # One that trains to its end before the others have been compared is as good as it is.
        sound = [each for each in self.entrants if self._is_sound(self.tries[each])]
        found = ((each, self.validation(each)) for each in sound)
        costs = {each: best["loss"] for each, best in found if best}
        most = self.rungs[len(self.book.rungs) + 1].candidates
        return sorted(sorted(costs, key=lambda each: (costs[each], each))[:most])

    def tried(self) -> list[Tried]:
        """What has become of each candidate."""
        return [self._tried(each) for each in range(len(self.body["candidates"]))]

    def best(self) -> int | None:
        """The best of those that are measured; None where none is."""
        measured = [each for each in self.tried() if each.is_measured]
        return min(measured, key=lambda each: each.order).index if measured else None

    def _tried(self, candidate: int) -> Tried:
        found, best = self.tries.get(candidate), self.validation(candidate) or {}
        rows, over = self.body["validation_rows"], (found and found.over) or {}
        return Tried(
            index=candidate,
            changes=self.body["candidates"][candidate],
            job_id=None if found is None else found.job,
            state=self.state_of(candidate),
            validation_cost=best.get("loss"),
            validation_right=round(rows * best["accuracy"]) if best else None,
            validation_rows=rows,
            epochs=best.get("epochs"),
            seconds=best.get("seconds"),
            problem=over.get("problem", {}).get("code"),
            rung=sum(candidate in went_on for went_on in self.book.rungs),
        )

    def _is_sound(self, found: Try) -> bool:
        return found.over is None or found.over["state"] == State.SUCCEEDED

    def _occupies(self, candidate: int) -> bool:
        record = self.record(candidate)
        return record is not None and record.state in OCCUPYING

"""A sweep as its book and the records of its jobs say it."""

from collections.abc import Iterator, Mapping

from worker.jobs.record import Record, State
from worker.jobs.sweep_moves import GIVEN_UP
from worker.jsontypes import Json
from worker.operations.sweep_book import Book, Try
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

    @property
    def tries(self) -> dict[int, Try]:
        """The jobs of candidates, by candidate."""
        return {t.candidate: t for t in self.book.tries if t.candidate is not None}

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
        return sum(each["seconds"] for each in found if each)

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
        return 0 < self.pause_at <= (record.progress or {}).get("epoch", 0)

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
        costs = self._costs(each for each in self.entrants if self.tries[each].over is None)
        costs |= self._costs(each for each in self.entrants if self.tries[each].counts)
        return best_of(costs, self.rungs[len(self.book.rungs) + 1].candidates)

    def best(self) -> int | None:
        """The best of those that came furthest; None where none counts."""
        everybody = [*range(len(self.body["candidates"]))]
        for entrants in (*reversed(self.book.rungs), everybody):
            counting = [each for each in entrants if each in self.tries and self.tries[each].counts]
            if found := best_of(self._costs(counting), 1):
                return found[0]
        return None

    def _costs(self, candidates: Iterator[int] | list[int]) -> dict[int, float]:
        found = ((each, self.validation(each)) for each in candidates)
        return {each: said["loss"] for each, said in found if said}

    def _occupies(self, candidate: int) -> bool:
        record = self.record(candidate)
        return record is not None and record.state in OCCUPYING


def best_of(costs: Mapping[int, float], most: int) -> list[int]:
    """Returns up to so many candidates with the lowest costs; of equal ones the first."""
    return sorted(sorted(costs, key=lambda each: (costs[each], each))[:most])

"""What is written down of a sweep: its jobs, who went on, what was asked for, how it ended."""

from dataclasses import asdict, dataclass, field
from typing import Self

from worker.jobs.record import FINAL, Record, State
from worker.jsontypes import Json


@dataclass
class Try:
    """A job of a sweep.

    Attributes:
        candidate: which one it tries, from 0; None of the one that is fitted again.
        job: the id that was reserved for it, before there was such a job.
        over: how it ended; None before that.
    """

    candidate: int | None
    job: str
    over: Json | None = None

    def refused(self, problem: Json) -> None:
        self.over = {"state": State.FAILED, "problem": problem}

    def noted(self, record: Record) -> bool:
        """Whether a job is over; if so, how it ended is noted."""
        if record.state in FINAL:
            named = ("state", "validation", "ended_by", "problem", "version")
            said = {name: getattr(record, name) for name in named}
            self.over = {name: value for name, value in said.items() if value is not None}
        return self.over is not None


@dataclass
class Book:
    """Attributes:
    wish: "pause" or "cancel", or "" for none.
    tries: all jobs, in the order in which they were made.
    rungs: after each rung the candidates that went on.
    end: the state in which the sweep ended, when, and its problem; None before that.
    """

    wish: str = ""
    tries: list[Try] = field(default_factory=list)
    rungs: list[list[int]] = field(default_factory=list)
    end: Json | None = None

    @classmethod
    def of(cls, said: Json) -> Self:
        return cls(**{**said, "tries": [Try(**each) for each in said.get("tries", ())]})

    @property
    def going(self) -> list[str]:
        """The ids of the jobs that are not known to be over."""
        return [each.job for each in self.tries if each.over is None]

    def as_dict(self) -> Json:
        return asdict(self)

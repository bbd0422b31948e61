"""What is written down of a schedule: how far it has looked, and the jobs that it has made."""

from dataclasses import asdict, dataclass, field
from typing import Self

from worker.jobs.record import FINAL, Record
from worker.jsontypes import Json

MOST_FIRINGS = 100  # that are kept


@dataclass
class Firing:
    """A time at which a job is made.

    Attributes:
        due_ms: the time, in milliseconds since 1970; of a version that when it was asked for.
        job: the id of its job, which follows from the schedule and the time.
        dataset: what it learns from.
        start: the `model` and `version` with whose weights it starts, or None.
        skipped: times or versions before this one for which no job was made.
        over: how it ended: the job's `state`, `version` and `promotion`, or the `problem` for
            which none was made; None before that.
    """

    due_ms: int
    job: str
    dataset: str
    start: Json | None
    skipped: int
    over: Json | None = None

    def noted(self, record: Record) -> bool:
        """Whether its job is over; if so, how it ended is noted."""
        if record.state in FINAL:
            named = ("state", "version", "promotion", "problem")
            said = {name: getattr(record, name) for name in named}
            self.over = {name: value for name, value in said.items() if value is not None}
        return self.over is not None


@dataclass
class ScheduleBook:
    """Attributes:
    since_ms: the time up to which has been looked, in milliseconds since 1970.
    version: the newest version of the dataset for which a job was made, or need not be.
    paused: whether nothing is made.
    skipped: times or versions since the last firing for which no job was made.
    firings: the last MOST_FIRINGS, in their order.
    """

    since_ms: int
    version: int
    paused: bool = False
    skipped: int = 0
    firings: list[Firing] = field(default_factory=list)

    @classmethod
    def of(cls, body: Json, said: Json) -> Self:
        """Returns a book as it was written down; that of a schedule that has just been made, where
        nothing is."""
        since = {name: body[name] for name in ("since_ms", "version")}
        return cls(**{**since, **said, "firings": [Firing(**e) for e in said.get("firings", ())]})

    @property
    def open(self) -> Firing | None:
        """The last firing, if it is not known to be over."""
        last = self.firings[-1] if self.firings else None
        return None if last is None or last.over is not None else last

    def begin(self, firing: Firing) -> None:
        self.firings = [*self.firings, firing][-MOST_FIRINGS:]
        self.skipped = 0

    def as_dict(self) -> Json:
        return asdict(self)

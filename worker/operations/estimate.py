"""What is known of a job that nobody has submitted, and in words."""

from collections.abc import Iterator, Mapping
from typing import Literal, NamedTuple

from worker.jobs.queue_wait import QueueWait
from worker.jsontypes import Json
from worker.spec import JobSpec
from worker.training import time_estimate
from worker.training.memory_estimate import needed
from worker.training.sizes import Sizes

CHECKS = ("first_cost", "eight_rows", "dealt_labels")
LEARNING = ("starting", "proving", "training")  # phases of a job that has something to learn
MEGA = 10**6
UNTOLD = "The worker has not told of it."  # one of another version

By = Literal["measured", "arithmetic"]


class Phase(NamedTuple):
    """A part of a job, and how its seconds were found."""

    phase: str
    seconds: float
    by: By


class Estimate(NamedTuple):
    """What a job would take.

    Attributes:
        spec: the whole of it.
        because: why some phases were not measured; None where all were.
        checks: of what it trains.
        layers: a row for each.
        exported: whether its model is exported as it is published.
    """

    spec: JobSpec
    job: Sizes
    phases: list[Phase]
    because: str | None
    checks: list[Json]
    wait: QueueWait
    layers: list[Json]
    exported: bool

    @property
    def seconds(self) -> float:
        """From its start to its end."""
        return sum(phase.seconds for phase in self.phases)

    @property
    def at_most(self) -> bool:
        """Whether it may end earlier."""
        return self.spec.early_stopping is not None

    @property
    def method(self) -> By:
        """How the seconds of its training were found."""
        return next(phase.by for phase in self.phases if phase.phase == "training")

    @property
    def memory(self) -> int:
        """Bytes that its process will have."""
        return needed(self.job)

    @property
    def multiplications(self) -> int:
        """For a sample, on its way through all layers."""
        return time_estimate.work(self.job)

    @property
    def kept(self) -> int:
        """Bytes of the files that stay of it."""
        return time_estimate.kept_bytes(self.job, exported=self.exported)

    @property
    def checkpoints(self) -> int:
        """Bytes of its checkpoints, while it runs."""
        count = time_estimate.CHECKPOINTS + self.spec.keep_checkpoints
        return count * time_estimate.checkpoint_bytes(self.job)

    @property
    def said(self) -> str:
        """The same in sentences for a person."""
        return " ".join(sentences(self))


def phases_of(
    job: Sizes, spec: JobSpec, measured: Mapping[str, float], *, on_gpu: bool
) -> list[Phase]:
    """Returns all phases of a job, by arithmetic those that were not measured."""
    found, often = [], time_estimate.times(job)
    for phase, counted in time_estimate.seconds(job, on_gpu=on_gpu).items():
        seconds = measured.get(phase, counted) * often.get(phase, 1)
        if phase == "training" and spec.max_seconds is not None:
            seconds = min(seconds, spec.max_seconds)
        if phase in LEARNING and spec.checkpoint is not None:
            seconds = 0.0  # what is published as it stands has learned already
        found.append(Phase(phase, seconds, "measured" if phase in measured else "arithmetic"))
    return found


def checks_of(made: list[Json], because: str | None) -> list[Json]:
    """Returns the checks that were made, and the others, which were skipped."""
    known = {check["name"]: check for check in made}
    skipped = {"outcome": "skipped", "said": because or UNTOLD, "value": None, "expected": None}
    return [known.get(name, {"name": name, **skipped}) for name in CHECKS]


def sentences(found: Estimate) -> Iterator[str]:
    most = "at most about" if found.at_most else "about"
    if found.method == "measured":
        yield f"It takes {most} {spoken(found.seconds)}, by its first steps on a worker."
    else:
        yield f"It takes {most} {spoken(found.seconds)}, by arithmetic alone, which may be far off."
    if found.because:
        yield found.because
    yield waiting(found.wait)
    memory, kept = round(found.memory / MEGA), max(1, round(found.kept / MEGA))
    yield f"It needs about {memory:,} MB of memory, and leaves about {kept:,} MB of files."
    failed = (check["said"] for check in found.checks if check["outcome"] == "failed")
    yield from (said for said in failed if said not in (found.because or ""))


def waiting(wait: QueueWait) -> str:
    if wait.at_once:
        return "A worker is free for it."
    if wait.seconds is None:
        return f"Nobody can tell when one of {wait.workers} workers is free for it."
    return f"A worker is free for it in about {spoken(wait.seconds)}."


def spoken(seconds: float) -> str:
    """Seconds in the unit in which a person says them."""
    for unit, size in (("h", 3_600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.3g} {unit}"
    return f"{float(f'{seconds:.2g}'):g} s"  # not 1.1e+02

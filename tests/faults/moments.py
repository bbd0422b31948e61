"""Faults at chosen moments: between two steps of a submission, a checkpoint or a publication."""

import signal
import time
from collections.abc import Callable, Iterator
from threading import Thread
from typing import NamedTuple

from tests.faults.bench import Bench
from tests.faults.case import FINAL
from tests.faults.faults import fill, gone, make_room, wait_for
from tests.faults.scenarios import AWAY_S
from tests.faults.subject import send

KILL, STOP, CONTINUE = signal.SIGKILL, signal.SIGSTOP, signal.SIGCONT


class Step(NamedTuple):
    """An fsync or a rename of the API or a worker, which may pass unharmed so many times."""

    who: str
    step: str
    path: str  # a pattern, from the data folder on
    after: int = 0


REQUEST = Step("service", "rename", r"jobs/\w+/request\.json")
METRICS = Step("worker", "fsync", r"jobs/\w+/metrics\.\d+\.jsonl")
VISIBLE = Step("worker", "rename", r"models/[\w-]+/\d+")
SUBMISSION = [
    Step("service", "fsync", r"jobs/\w+/request\.json\.\w+\.part"),
    REQUEST,
    Step("service", "fsync", r"jobs/\w+"),
    Step("service", "fsync", r"jobs"),
]
CHECKPOINT = [
    METRICS,
    Step("worker", "fsync", r"jobs/\w+/checkpoints/.*\.part"),
    Step("worker", "rename", r"jobs/\w+/checkpoints/.*\.safetensors"),
    Step("worker", "fsync", r"jobs/\w+/checkpoints"),
    Step("worker", "fsync", r"jobs/\w+"),
]
PUBLICATION = [
    METRICS,
    Step("worker", "fsync", r"models/[\w-]+/\..*\.part/weights\.safetensors"),
    Step("worker", "fsync", r"models/[\w-]+/\..*\.part/manifest\.json"),
    Step("worker", "fsync", r"models/[\w-]+/\..*\.part"),
    Step("worker", "fsync", r"models/[\w-]+"),
    VISIBLE,
    Step("worker", "fsync", r"models/[\w-]+", after=1),
]


class Moment(NamedTuple):
    """Who is to be signalled where; `twin` is the job that passes by there."""

    twin: str
    step: Step
    when: str
    signal: signal.Signals


def moments() -> list[Moment]:
    """All of them: before and after each step somebody is killed, or, if a worker, also stopped."""

    def around(twin: str, steps: list[Step], number: signal.Signals) -> Iterator[Moment]:
        for step in steps:
            for when in ("before", "after"):
                yield Moment(twin, step, when, number)

    return [
        *around("submitted", SUBMISSION, KILL),
        *around("adam", CHECKPOINT, KILL),
        *around("adam", CHECKPOINT, STOP),
        *around("brief", PUBLICATION, KILL),
        *around("brief", PUBLICATION, STOP),
    ]


def steps(at: Bench, size: int) -> None:
    """At this many of all moments a process is killed, or stopped until another has its job."""
    everything = moments()
    chosen = everything if size >= len(everything) else at.rng.sample(everything, size)
    plan = [f"{m.signal.name} {m.when} {m.step.step} {m.step.path}" for m in chosen]
    at.history.note("plan", steps=plan)
    for moment in chosen:
        meet(at, moment)


def meet(at: Bench, moment: Moment) -> None:
    """Have it happen once."""
    lay(at, moment.step, moment.when, moment.signal)
    if moment.twin == "submitted":
        asking = Thread(target=at.submit, args=("brief",))
        asking.start()
        caught(at)
        asking.join()
        wait_for(at.client.ready, AWAY_S)
        return
    job = at.accepted(moment.twin)
    pid = caught(at)
    if moment.signal is STOP:
        wait_for(lambda: at.state(job) in FINAL, AWAY_S)
        send(pid, CONTINUE)
    wait_for(lambda: at.state(job) in FINAL and gone(pid), AWAY_S)


def late_cancels(at: Bench, size: int) -> None:
    """A cancel comes when training is over: just before it is too late, and just after."""
    for number in range(size):
        step, when = [(METRICS, "before"), (VISIBLE, "after")][number % 2]
        lay(at, step, when, STOP)
        job = at.accepted("brief")
        pid = caught(at)
        at.client.cancel(job)
        send(pid, CONTINUE)
        wait_for(lambda: at.state(job) in FINAL, AWAY_S)  # noqa: B023


def second_checkpoints(at: Bench, size: int) -> None:
    """A job is killed when it is about to make its second checkpoint: it must go on at the first,
    though it told of more."""
    for _ in range(size):
        meet(at, Moment("adam", METRICS._replace(after=1), "before", KILL))


def late_publishers(at: Bench, size: int) -> None:
    """Who is about to publish stands still until another attempt has done it."""
    for _ in range(size):
        meet(at, Moment("brief", VISIBLE, "before", STOP))


def dead_publishers(at: Bench, size: int) -> None:
    """Who is about to publish is killed, and leaves what it has written aside."""
    for _ in range(size):
        meet(at, Moment("brief", VISIBLE, "before", KILL))


def killed_publishers(at: Bench, size: int) -> None:
    """Who has published is killed before it can say so."""
    for _ in range(size):
        meet(at, Moment("brief", VISIBLE, "after", KILL))


def half_submissions(at: Bench, size: int) -> None:
    """The API is killed when a request is in the store, and its record is not made."""
    for _ in range(size):
        meet(at, Moment("submitted", REQUEST, "after", KILL))


def refusals(at: Bench, size: int) -> None:
    """Valkey goes away when a request is in the store, and comes back without having heard."""
    for _ in range(size):
        lay(at, REQUEST, "after", STOP)
        asking = Thread(target=at.submit, args=("brief",))
        asking.start()
        pid = caught(at)
        at.faults.kill_part("valkey", away_s=2.0)
        send(pid, CONTINUE)
        asking.join()
        wait_for(at.client.ready, AWAY_S)


def late_records(at: Bench, size: int) -> None:
    """Valkey falls silent when a request is in the store, and hears of the record afterwards."""
    for _ in range(size):
        lay(at, REQUEST, "after", STOP)
        asking = Thread(target=at.submit, args=("brief",))
        asking.start()
        pid = caught(at)
        at.faults.pause_valkey(5.0, lambda: send(pid, CONTINUE))  # noqa: B023
        asking.join()
        wait_for(at.client.ready, AWAY_S)


def last_chances(at: Bench, size: int) -> None:
    """A worker that a job may not lose is killed around the moment when its model appears."""
    for number in range(size):
        lay(at, VISIBLE, ("after", "before")[number % 2], KILL)
        job = at.accepted("brief", may_fail=("worker_lost",))
        caught(at)
        wait_for(lambda: at.state(job) in FINAL, AWAY_S)  # noqa: B023


def hopeless_publishers(at: Bench, size: int) -> None:
    """Who is about to publish stands still until its job was given up, and then goes on."""
    for _ in range(size):
        lay(at, VISIBLE, "before", STOP)
        job = at.accepted("brief", may_fail=("worker_lost",))
        pid = caught(at)
        wait_for(lambda: at.state(job) in FINAL, AWAY_S)  # noqa: B023
        send(pid, CONTINUE)
        wait_for(lambda: gone(pid), AWAY_S)  # noqa: B023


def full_disks(at: Bench, size: int) -> None:
    """The disk is full at a submission, in training, at publishing; then there is room again."""
    for number in range(size):
        leave = at.rng.choice([0, 0, 2**12, 2**14, 2**17])
        (full_at_submission, full_in_training, full_at_publishing)[number % 3](at, leave)
        at.settle()
        at.accepted("brief")
        at.settle()


def full_at_submission(at: Bench, leave: int) -> None:
    with_full_disk(at, leave, lambda: at.submit("brief", may_fail=("insufficient_storage",)))


def full_in_training(at: Bench, leave: int) -> None:
    at.accepted("adam", may_fail=("insufficient_storage",))
    at.trainer()
    time.sleep(at.rng.uniform(0.0, 0.5))
    with_full_disk(at, leave, lambda: time.sleep(2))


def full_at_publishing(at: Bench, leave: int) -> None:
    lay(at, METRICS, "after", STOP)
    at.accepted("brief", may_fail=("insufficient_storage",))
    pid = caught(at)

    def publish() -> None:
        send(pid, CONTINUE)
        time.sleep(2)

    with_full_disk(at, leave, publish)


def with_full_disk(at: Bench, leave: int, act: Callable[[], object]) -> None:
    at.faults.note("full disk", leave=leave)
    fill(at.subject.folder, leave)
    try:
        act()
    finally:
        make_room(at.subject.folder)
    wait_for(at.client.ready, AWAY_S)


def lay(at: Bench, step: Step, when: str, number: signal.Signals) -> None:
    wire = {**step._asdict(), "when": when, "signal": number.name}
    at.faults.note("wire", **wire)
    at.subject.lay_wire(wire)


def caught(at: Bench) -> int:
    """Who took the wire."""
    found: list[int] = []

    def tripped() -> bool:
        if (pid := at.subject.tripped()) is not None:
            found.append(pid)
        return bool(found)

    if not wait_for(tripped, AWAY_S):
        raise AssertionError("Nobody came by the wire.")
    at.faults.note("caught", pid=found[0])
    return found[0]

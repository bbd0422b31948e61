"""Faults at chosen moments: between two steps of a submission, a checkpoint or a publication."""

import signal
from collections.abc import Iterator
from threading import Thread
from typing import NamedTuple

from tests.faults.bench import Bench
from tests.faults.case import FINAL
from tests.faults.faults import AWAY_S, CONTINUE, KILL, STOP, gone, wait_for
from tests.faults.subject import send
from tests.faults.wires import (
    CHECKPOINT,
    METRICS,
    PUBLICATION,
    REQUEST,
    SUBMISSION,
    VISIBLE,
    Step,
    caught,
    lay,
)


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

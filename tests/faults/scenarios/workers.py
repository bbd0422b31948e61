"""Workers are killed, stopped, held up, or told to end, by a plan made from a seed."""

import time
from collections import Counter

from tests.faults.bench import Bench
from tests.faults.case import FINAL
from tests.faults.faults import AWAY_S, VICTIMS, gone, wait_for
from tests.faults.subject import Trainer

KILLS_EACH = 3  # of a job


def kills(at: Bench, size: int) -> None:
    """The process of a job, its worker, or both are killed at any moment."""
    victims = [VICTIMS[i % len(VICTIMS)] for i in range(size)]
    at.rng.shuffle(victims)
    plan = [(at.rng.uniform(0.05, 0.7), victim) for victim in victims]
    at.history.note("plan", kills=plan)
    deaths: Counter[str] = Counter()
    for wait_s, victim in plan:
        time.sleep(wait_s)
        found = at.trainer(2, lambda one: deaths[one.job] < KILLS_EACH)
        deaths[found.job] += 1
        at.faults.kill(found, victim)


def dead_workers(at: Bench, size: int) -> None:
    """Nobody is left who could tell of a worker's death."""
    for _ in range(size):
        at.settle()
        at.accepted("adam")
        at.faults.kill(at.trainer(), "both")


def late_kills(at: Bench, size: int) -> None:
    """A job is killed when it has long been worked at."""
    for _ in range(size):
        job = at.endless()
        if found := worker_of(at, job, 1):
            time.sleep(2.2)
            at.faults.kill(found, "trainer")
        worker_of(at, job, 2)
        time.sleep(0.4)  # until it tells where it goes on
        at.client.cancel(job)


def losses(at: Bench, size: int) -> None:
    """Jobs lose every worker that they get, until they are given up."""
    for number in range(size):
        job = at.accepted("adam", may_fail=("worker_lost",))
        for attempt in range(1, at.subject.settings.max_attempts + 1):
            if (found := worker_of(at, job, attempt)) is None:
                break
            at.faults.kill(found, "worker" if number % 2 else "trainer")
    at.settle()
    at.accepted("brief")


def terminations(at: Bench, size: int) -> None:
    """Workers are told to stop in the middle of their jobs."""
    plan = [at.rng.uniform(0.2, 1.0) for _ in range(size)]
    at.history.note("plan", terminations=plan)
    for wait_s in plan:
        at.trainer(2)
        time.sleep(wait_s)
        at.faults.terminate(at.trainer(2))


def pauses(at: Bench, size: int) -> None:
    """Jobs are paused at any moment, and go on a little later; some lose a worker meanwhile."""
    plan = [(at.rng.uniform(0.0, 0.8), at.rng.random() < 0.3) for _ in range(size)]
    at.history.note("plan", pauses=plan)
    for wait_s, killed in plan:
        time.sleep(wait_s)
        found = at.trainer()
        at.client.ask(found.job, "pause")
        if killed:
            at.faults.kill(found, "trainer")
        wait_for(lambda: at.state(found.job) in {"paused", *FINAL}, AWAY_S)  # noqa: B023
        at.client.ask(found.job, "resume")


def zombies(at: Bench, size: int) -> None:
    """The process of a job stands still until another one has the job, and then goes on."""
    plan = [(at.rng.uniform(0.0, 0.6), at.rng.uniform(0.0, 0.4)) for _ in range(size)]
    at.history.note("plan", zombies=plan)
    for before_s, after_s in plan:
        if not at.unfinished():
            at.accepted("patient")
        time.sleep(before_s)
        late = at.trainer()
        at.faults.stop(late)
        wait_for(lambda: taken_over(at, late), AWAY_S)  # noqa: B023
        time.sleep(after_s)
        at.faults.go_on(late)
        wait_for(lambda: gone(late.pid), AWAY_S)  # noqa: B023


def endless_zombies(at: Bench, size: int) -> None:
    """As zombies, of jobs so long that none ends before it is noticed that two work at it."""
    for _ in range(size):
        job = at.endless()
        if late := worker_of(at, job, 1):
            at.faults.stop(late)
            wait_for(lambda: taken_over(at, late), AWAY_S)
            at.faults.go_on(late)
            wait_for(lambda: gone(late.pid), 4.0)
        at.client.cancel(job)


def damages(at: Bench, size: int) -> None:
    """The newest checkpoint is damaged while its process stands still, which is then killed."""
    for _ in range(size):
        found = at.trainer()
        folder = at.subject.data / "jobs" / found.job / "checkpoints"
        wait_for(lambda: len([*folder.glob("*.safetensors")]) > 1 or gone(found.pid))  # noqa: B023
        at.faults.stop(found)
        at.faults.damage_checkpoint(found.job, at.rng)
        at.faults.kill(found, "trainer")


def worker_of(at: Bench, job: str, attempt: int) -> Trainer | None:
    """Who works at this attempt, as soon as anybody does; None once the job has ended."""
    found: list[Trainer] = []

    def begun() -> bool:
        trainers = at.subject.trainers()
        found[:] = [one for one in trainers if (one.job, one.attempt) == (job, attempt)]
        return bool(found) or at.state(job) in FINAL

    wait_for(begun)
    return found[0] if found else None


def taken_over(at: Bench, late: Trainer) -> bool:
    """Whether somebody else has, or had, the job of one who stands still."""
    others = [t for t in at.subject.trainers() if t.job == late.job and t.attempt > late.attempt]
    return bool(others) or at.state(late.job) in FINAL

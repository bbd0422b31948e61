"""What happens to a service, in which order: the plans, made from a seed.

A scenario only breaks things and waits; whether the service kept its promises is for the checker.
"""

import random
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Thread

from tests.faults.bench import Bench
from tests.faults.case import FINAL
from tests.faults.faults import VICTIMS, gone, wait_for
from tests.faults.subject import Trainer

AWAY_S = 25.0  # within which what was killed is back
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


def duplicates(at: Bench, size: int) -> None:
    """A job's message comes again and again: before, while and after it is worked at."""
    while size > 0:
        times = min(size, at.rng.randint(1, 16))
        size -= times
        twin = at.rng.choice(["brief", "adam"])
        at.insist(twin, times=2)
        job = at.accepted(twin)
        first = at.rng.randint(0, times)
        at.faults.enqueue(job, first)
        time.sleep(at.rng.uniform(0.0, 1.3 * at.twins[twin]["seconds"]))
        at.faults.enqueue(job, times - first)
        wait_for(lambda: at.state(job) in FINAL)  # noqa: B023
        at.faults.enqueue(job, 1)


def endless_duplicates(at: Bench, size: int) -> None:
    """Messages come again while a job is worked at, and when it has ended."""
    while size > 0:
        times = min(size, at.rng.randint(2, 16))
        size -= times
        job = at.endless()
        worker_of(at, job, 1)
        at.faults.enqueue(job, times - 1)
        time.sleep(0.5)
        at.client.cancel(job)
        wait_for(lambda: at.state(job) in FINAL)  # noqa: B023
        at.faults.enqueue(job, 1)


def lost_messages(at: Bench, size: int) -> None:
    """Messages vanish while their jobs wait for workers that are busy."""
    for _ in range(size):
        at.settle()
        at.keep_busy(2)
        at.accepted("brief")
        at.faults.lose_messages()


def cancels(at: Bench, size: int) -> None:
    """Brief jobs are cancelled at any moment between their submission and a little after."""
    plan = [at.rng.uniform(0.0, 1.5 * at.twins["brief"]["seconds"] + 0.1) for _ in range(size)]
    at.history.note("plan", cancels=plan)

    def race(wait_s: float) -> None:
        job = at.accepted("brief")
        time.sleep(wait_s)
        at.client.cancel(job)
        wait_for(lambda: at.state(job) in FINAL)
        at.client.cancel(job)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(race, plan))


def valkey_kills(at: Bench, size: int) -> None:
    """Valkey is killed and started again, while jobs are trained, submitted and cancelled."""
    plan = [at.rng.uniform(0.0, 0.8) for _ in range(size)]
    at.history.note("plan", valkey_kills=plan)
    for wait_s in plan:
        at.trainer(2)
        asking = Thread(target=ask_much, args=(at, random.Random(at.rng.random()), 4))
        asking.start()
        time.sleep(wait_s)
        at.faults.kill_part("valkey")
        asking.join()
        wait_for(at.client.ready, AWAY_S)


def valkey_pauses(at: Bench, size: int, longest_s: float = 30.0, asks: int = 2) -> None:
    """Valkey answers nobody for a while, and then does all that it was told meanwhile."""
    plan = [round(1 + (longest_s - 1) * i / max(1, size - 1), 1) for i in range(size)]
    at.rng.shuffle(plan)
    at.history.note("plan", valkey_pauses=plan)
    for seconds in plan:
        at.trainer(2)
        asking = Thread(target=ask_much, args=(at, random.Random(at.rng.random()), asks))
        asking.start()
        at.faults.pause_valkey(seconds)
        asking.join()
        wait_for(at.client.ready, AWAY_S)


def wipes(at: Bench, size: int) -> None:
    """Valkey forgets everything; every second time the API is started again too."""
    for number in range(size):
        at.insist("brief")
        at.trainer(3)
        time.sleep(at.rng.uniform(0.0, 0.5))
        at.faults.wipe()
        if number % 2:
            at.faults.kill_part("api")
        wait_for(at.client.ready, AWAY_S)
        wait_for(at.remembered, AWAY_S)
        at.settle()


def forgotten_cancels(at: Bench, size: int) -> None:
    """Valkey forgets everything when somebody was just told that a job is cancelled."""
    for _ in range(size):
        at.keep_busy(2)
        job = at.accepted("brief")
        at.client.cancel(job)
        at.faults.wipe()
        wait_for(at.remembered, AWAY_S)
        at.settle()


def dead_sweepers(at: Bench, size: int) -> None:
    """Who looks after lost jobs dies in the middle of that, and then a worker dies."""
    for _ in range(size):
        at.settle()
        at.accepted("adam")
        found = at.trainer()
        wait_for(at.caught_sweeping)
        at.faults.kill_part("api")
        at.faults.kill(found, "both")


def api_kills(at: Bench, size: int) -> None:
    """The API is killed while a job is submitted to it."""
    plan = [at.rng.uniform(0.0, 0.03) for _ in range(size)]
    at.history.note("plan", api_kills=plan)
    for wait_s in plan:
        ask: Callable[[str], object] = at.submit if at.rng.random() < 0.5 else at.insist
        asking = Thread(target=ask, args=("brief",))
        asking.start()
        time.sleep(wait_s)
        at.faults.kill_part("api")
        asking.join()
        wait_for(at.client.ready, AWAY_S)


def late_api_kills(at: Bench, size: int) -> None:
    """The API is killed when it has just acknowledged a job."""
    for _ in range(size):
        at.submit("brief")
        at.faults.kill_part("api")
        wait_for(at.client.ready, AWAY_S)


def ask_much(at: Bench, rng: random.Random, times: int) -> None:
    """Submit, and cancel some of it, whether or not anybody can answer."""
    for _ in range(times):
        if rng.random() < 0.3:
            at.insist("brief")
        job = at.submit("brief")
        if job and rng.random() < 0.5:
            time.sleep(rng.uniform(0.0, 0.2))
            at.client.cancel(job)


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

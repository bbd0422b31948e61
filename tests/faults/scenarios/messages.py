"""Messages come twice or never, and cancels at any moment."""

import time
from concurrent.futures import ThreadPoolExecutor

from tests.faults.bench import Bench
from tests.faults.case import FINAL
from tests.faults.faults import wait_for
from tests.faults.scenarios.workers import worker_of


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

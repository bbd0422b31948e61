"""The API, Valkey and whoever sweeps are killed, held up, or made to forget."""

import random
import time
from collections.abc import Callable
from threading import Thread

from tests.faults.bench import Bench
from tests.faults.faults import AWAY_S, wait_for


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

"""Sweeps whose workers, whose API and whoever makes their jobs are killed."""

import time

from tests.faults.bench import Bench
from tests.faults.case import FINAL
from tests.faults.faults import KILL, wait_for
from tests.faults.wires import BOOK, caught, lay
from worker.jsontypes import Json

# Halving, of which candidates are paused, go on and are given up.
ASKED: Json = {
    "spec": {
        "network": {"kind": "dense", "hidden_units": [8]},
        "validation_fraction": 0.2,
        "batch_size": 8,
        "epochs": 320,
    },
    "vary": {
        "optimizer.learning_rate": {"from": 0.0001, "to": 0.03, "scale": "log"},
        "network.activation": {"values": ["relu", "tanh"]},
    },
    "method": "halving",
    "count": 6,
    "halving": {"reduction": 2, "first_epochs": 70},
    "parallel": 2,
}
PATIENCE_S = 120.0
# Who is killed when it writes down what is to be done for a sweep next, and when.
MOMENTS = (("worker", "after"), ("service", "before"), ("worker", "before"), ("service", "after"))
VICTIMS = ("trainer", "worker", "both", "api", "api")


def sweeps(at: Bench, size: int) -> None:
    """One that nobody disturbs; then others, in each of which somebody is killed a few times."""
    finished(at, begun(at, disturbed=False))
    plan = [[(at.rng.uniform(0.1, 1.2), at.rng.choice(VICTIMS)) for _ in "12345"]
            for _ in range(size)]  # fmt: skip
    at.history.note("plan", sweeps=plan)
    for number, kills in enumerate(plan):
        if number % 2:
            who, when = MOMENTS[number // 2 % len(MOMENTS)]
            lay(at, BOOK._replace(who=who), when, KILL)
        sweep = begun(at, disturbed=True)
        if number % 2:
            caught(at)
        for wait_s, victim in kills:
            time.sleep(wait_s)
            strike(at, victim)
        finished(at, sweep)


def begun(at: Bench, *, disturbed: bool) -> str:
    """A sweep, under a model name of its own; asked for until it is accepted."""
    asked = {**ASKED, "spec": at.named(ASKED["spec"], "swept")}
    found: list[str] = []

    def accepted() -> bool:
        if (sweep := at.client.sweep(asked, disturbed)) is not None:
            found.append(sweep)
        return bool(found)

    if not wait_for(accepted):
        raise AssertionError("A sweep was never accepted.")
    return found[0]


def strike(at: Bench, victim: str) -> None:
    """Kill the API, or somebody who works at a job if there is one."""
    if victim == "api":
        at.faults.kill_part("api")
    elif trainers := at.subject.trainers():
        at.faults.kill(at.rng.choice(trainers), victim)


def finished(at: Bench, sweep: str) -> None:
    """Wait until a sweep has ended, and note what has come of it."""
    said: list[Json] = []

    def over() -> bool:
        said[:] = [found for found in [at.client.swept(sweep)] if found]
        return bool(said) and said[0]["state"] in FINAL

    wait_for(over, PATIENCE_S)
    at.history.note("swept", id=sweep, said=said[0] if said else None)

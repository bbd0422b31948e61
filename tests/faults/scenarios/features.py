"""Workers die while they make the features on which a job trains."""

import shutil
import time

from tests.faults.bench import Bench
from tests.faults.faults import VICTIMS, wait_for
from tests.faults.subject import Trainer, children, command

EXTRACTION = "worker.data.backbones.extraction"


def lost_features(at: Bench, size: int) -> None:
    """Features are lost, and whoever makes them again is killed at any moment of that."""
    plan = [(at.rng.uniform(0.0, 0.8), VICTIMS[number % len(VICTIMS)]) for number in range(size)]
    at.history.note("plan", lost_features=plan)
    for wait_s, victim in plan:
        at.settle()
        shutil.rmtree(at.subject.data / "features", ignore_errors=True)
        found = maker_of(at, at.accepted("on_features"))
        time.sleep(wait_s)
        at.faults.kill(found, victim)


def maker_of(at: Bench, job: str) -> Trainer:
    """Who makes the features of a job."""
    found: list[Trainer] = []

    def any_at_work() -> bool:
        attempt = at.subject.records.get(job).attempt
        workers = [at.subject.pid(n) for n in at.subject.names() if n.startswith("train-")]
        found[:] = [
            Trainer(child, worker, job, attempt, stopped=False)
            for worker in workers
            for child in children(worker)
            if any(EXTRACTION in command(process) for process in children(child))
        ]
        return bool(found)

    if not wait_for(any_at_work):
        raise AssertionError(f"Nobody makes the features of {job}.")
    return found[0]

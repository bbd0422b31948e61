"""Where a scenario works: a service, a client, faults, and what undisturbed jobs came to."""

import json
import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from tests.faults.case import FINAL, Case
from tests.faults.evidence import collect, leftovers, orphans
from tests.faults.faults import Faults, wait_for
from tests.faults.history import Client, History
from tests.faults.onlooker import Onlooker
from tests.faults.subject import Subject, Trainer, send
from tests.worker.data.backbones.networks import network
from worker.data import sketches
from worker.data.hdf5 import reader
from worker.jsontypes import Json

# Some seconds each, all different in what a checkpoint must hold.
LONG: dict[str, Json] = {
    "adam": {"network": {"hidden_units": [16], "dropout": 0.2}, "epochs": 160, "batch_size": 8},
    "momentum": {
        "network": {"hidden_units": [8, 4], "activation": "tanh", "initializer": "xavier"},
        "optimizer": {"kind": "momentum", "learning_rate": 0.01},
        "schedule": {"kind": "cosine", "warmup_epochs": 5},
        "augmentation": {"flip": True, "shift": 2},
        "batch_size": 16,
        "epochs": 250,
    },
    "watched": {
        "network": {"hidden_units": [8]},
        "optimizer": {"kind": "adamw"},
        "regularization": {"l2": 0.001, "clip_norm": 1.0},
        "validation_fraction": 0.2,
        "early_stopping": {"patience": 1000},
        "class_weights": "balanced",
        "batch_size": 8,
        "epochs": 300,
    },
    "exact": {"network": {"hidden_units": [8]}, "precision": "float64", "epochs": 400},
}
# One so long that two who work at it at the same time are noticed, one that is over at once.
OTHER: dict[str, Json] = {
    "patient": {"network": {"hidden_units": [16]}, "epochs": 400, "batch_size": 2},
    "brief": {"network": {"hidden_units": [4]}, "epochs": 8},
    "on_features": {"backbone": "small", "network": {"hidden_units": [8]}, "epochs": 60},
}
SPECS = LONG | OTHER
# Nobody waits for its end.
ENDLESS: Json = {"network": {"hidden_units": [16]}, "epochs": 1_000_000, "batch_size": 2}
PATIENCE_S = 90.0


@dataclass
class Bench:
    """What a scenario is given.

    Attributes:
        rng: decides all that is left to chance, so that a seed is a plan.
        patience_s: how long a job may take to come to its end.
    """

    subject: Subject
    history: History
    client: Client
    faults: Faults
    rng: random.Random
    dataset: str
    twins: dict[str, Json]
    patience_s: float = PATIENCE_S
    open: list[str] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def submit(self, twin: str, *, may_fail: tuple[str, ...] = ()) -> str | None:
        """A job like this twin, under a model name of its own."""
        if "backbone" in SPECS[twin]:
            self.client.add_backbone(SPECS[twin]["backbone"], network().SerializeToString())
        job = self.client.submit(self.named(SPECS[twin], twin), twin, may_fail=may_fail)
        if job:
            self.open.append(job)
        return job

    def insist(self, twin: str, times: int = 1) -> None:
        """Ask for a job with a key of its own, again and again, until it was accepted so often."""
        spec, accepted = self.named(SPECS[twin], twin), 0

        def asked_often_enough() -> bool:
            nonlocal accepted
            accepted += self.client.submit(spec, twin, key=spec["model"]) is not None
            return accepted >= times

        if not wait_for(asked_often_enough):
            raise AssertionError(f"{spec['model']} was never accepted.")

    def named(self, spec: Json, name: str) -> Json:
        """The spec, for the dataset at hand, under a model name that no other job has."""
        return {**spec, "dataset": self.dataset, "model": f"{name}-{next(self._numbers):04}"}

    def endless(self) -> str:
        """A job that ends when it is cancelled."""
        if (job := self.client.submit(self.named(ENDLESS, "endless"), None)) is None:
            raise AssertionError(f"A job was not accepted: {self.history.of('submit')[-1]}.")
        return job

    def accepted(self, twin: str, **how: Any) -> str:
        """The same, at a time when nothing speaks against it."""
        job = self.submit(twin, **how)
        if job is None:
            raise AssertionError(f"A job was not accepted: {self.history.of('submit')[-1]}.")
        return job

    def unfinished(self) -> list[str]:
        """Those of the accepted jobs that have not ended."""
        states = self.subject.redis.pipeline(transaction=False)
        for job in self.open:
            states.hget(f"purr:job:{job}", "state")
        self.open = [
            job for job, s in zip(self.open, states.execute(), strict=True) if s not in FINAL
        ]
        return self.open

    def keep_busy(self, jobs: int) -> None:
        """Have at least so many jobs to work at."""
        while len(self.unfinished()) < jobs:
            self.accepted(self.rng.choice([*LONG]))

    def trainer(
        self, jobs: int = 1, wanted: Callable[[Trainer], bool] = lambda one: not one.stopped
    ) -> Trainer:
        """One of the wanted who work at a job, when there are at least so many jobs to work at."""
        found: list[Trainer] = []

        def any_at_work() -> bool:
            self.keep_busy(jobs)
            found[:] = filter(wanted, self.subject.trainers())
            return bool(found)

        if not wait_for(any_at_work):
            raise AssertionError("Nobody works at any job.")
        return self.rng.choice(found)

    def state(self, job: str) -> str:
        return str(self.subject.redis.hget(f"purr:job:{job}", "state"))

    def remembered(self) -> bool:
        """Whether Valkey knows again what it was made to forget."""
        return bool(self.subject.redis.exists("purr:filled"))

    def caught_sweeping(self) -> bool:
        """Whether the API stands still now, and in the middle of a sweep."""
        pid = self.subject.pid("api")
        send(pid, signal.SIGSTOP)
        for _ in range(10):  # a worker's own sweep would be over before the last look
            if not self.subject.redis.exists("purr:reaper"):
                break
            time.sleep(0.02)
        else:
            return True
        send(pid, signal.SIGCONT)
        return False

    def settle(self) -> None:
        """Wait until all has ended; the checker will say what has not."""
        redis = self.subject.redis

        def all_ended() -> bool:
            # At one moment: a job that is lost goes from one of these lists into the other.
            counts = redis.pipeline()
            for state in ("queued", "running"):
                counts.zcard(f"purr:jobs:{state}")
            return not any(counts.execute())

        wait_for(all_ended, self.patience_s)
        wait_for(lambda: not redis.llen("rq:queue:train"), 10)
        wait_for(lambda: not self.subject.trainers(), 10)
        time.sleep(0.2)  # for what a worker clears up when the record is final


@contextmanager
def bench(folder: Path, seed: int, twins: dict[str, Json], **how: Any) -> Iterator[Bench]:
    """A bench with a service of its own in an empty folder."""
    patience_s = how.pop("patience_s", PATIENCE_S)
    history = History()
    with Subject(folder, **how) as subject, Client(subject.launcher.address, history) as client:
        dataset = client.upload(pictures(folder))
        with Onlooker(subject, history):
            rng, faults = random.Random(seed), Faults(subject, history)
            yield Bench(subject, history, client, faults, rng, dataset, twins, patience_s)


def evidence(at: Bench) -> Case:
    """What a scenario left behind, once everything has come to its end and was tidied up."""
    at.settle()
    for _ in range(2):  # what is in a folder goes first, the folder the next time
        if leftovers(at.subject.data) or orphans(at.subject):
            hours_later(at)
    return collect(at.subject, at.client, at.twins)


def hours_later(at: Bench) -> None:
    """Have what lies about seem old, and the service tidy up, which it does when it starts."""
    age(at.subject.data)
    at.faults.end_part("api")
    wait_for(lambda: not leftovers(at.subject.data) and not orphans(at.subject), 10)
    wait_for(at.client.ready)
    at.settle()


def age(data: Path) -> None:
    """Have it look as if what lies in the store had lain there for hours."""
    then = time.time() - 4 * 3600
    for folder in ("jobs", "models", "datasets", "features", "imports", "sweeps", "schedules"):
        for path in (data / folder).rglob("*"):
            with suppress(FileNotFoundError):
                os.utime(path, (then, then))


def pictures(folder: Path) -> list[Path]:
    """Drawings in two small files, always the same."""
    drawn = sketches.draw(seed=1, train_rows=80, test_rows=20)
    files = [folder / "train.h5", folder / "test.h5"]
    reader.write(files[0], "train", drawn.train_x, drawn.train_y, list(sketches.CLASSES))
    reader.write(files[1], "test", drawn.test_x, drawn.test_y, list(sketches.CLASSES))
    return files


def undisturbed(folder: Path, names: tuple[str, ...] = tuple(SPECS)) -> dict[str, Json]:
    """What the jobs of these names come to when nobody disturbs them."""
    with bench(folder, 0, {}) as at:
        jobs = {at.accepted(name): name for name in names}
        case = evidence(at)
    return {name: outcome(case, job) for job, name in jobs.items()}


def outcome(case: Case, job: str) -> Json:
    """A job's weights, result and rows, without what a clock says."""
    (weights,) = [model["weights"] for model in case.models if model["job"] == job]
    record = case.record(job)
    rows = [row[2] for row in case.jobs[job]["told"]]
    found = {"weights": weights, "result": record["result"], "rows": rows}
    # As the case will be read: from JSON.
    return {**json.loads(json.dumps(found)), "seconds": record["seconds"]}

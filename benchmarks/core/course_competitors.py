"""Who trains the course's network: a notebook, PyTorch, our core, its loop, and a whole job."""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks.core.course import LEARNING_RATE, LOOKS, Course, Run
from benchmarks.running_service import Service
from worker.store.metrics_log import MetricsLog
from worker.training.loop import Epoch
from worker.training.loop import Run as JobRun
from worker.training.step import Outcome
from worker.watch import progress


def notebook(course: Course) -> Run:
    """As the course writes it: samples in columns, a list of layers, plain NumPy."""
    X, Y = np.ascontiguousarray(course.rows().T), course.pictures.y.astype(course.spec.precision)
    params = course.network().params
    W = [np.ascontiguousarray(w.T) for w in params[::2]]
    b = [b.reshape(-1, 1).copy() for b in params[1::2]]
    m, losses = X.shape[1], {}
    started = time.perf_counter()
    for epoch in range(1, course.spec.epochs + 1):
        A, kept = X, []
        for layer in range(len(W)):
            Z = W[layer] @ A + b[layer]
            kept.append((A, Z))
            A = np.maximum(Z, 0) if layer < len(W) - 1 else 1 / (1 + np.exp(-Z))
        if epoch in LOOKS:
            losses[epoch] = float(-(Y * np.log(A) + (1 - Y) * np.log(1 - A)).mean())
        dZ = A - Y
        for layer in reversed(range(len(W))):
            A_before, _ = kept[layer]
            dW, db = dZ @ A_before.T / m, dZ.sum(axis=1, keepdims=True) / m
            if layer:
                dZ = W[layer].T @ dZ * (kept[layer - 1][1] > 0)
            W[layer] = W[layer] - LEARNING_RATE * dW
            b[layer] = b[layer] - LEARNING_RATE * db
    return Run(time.perf_counter() - started, losses)


def pytorch(course: Course) -> Run:
    """As its own users write it: eager, tensors in memory; it tells nothing."""
    # Imported in those processes alone that run it: with it come threads of its own.
    from benchmarks.core import in_pytorch

    return in_pytorch.silent(course)


def pytorch_told(course: Course) -> Run:
    """The same, telling of every epoch what a job tells."""
    from benchmarks.core import in_pytorch

    return in_pytorch.telling(course)


def core(course: Course) -> Run:
    """Our steps in the shortest loop there is."""
    batches = course.batches()
    steps, rows, losses = course.steps(batches), batches.epoch(0), {}
    started = time.perf_counter()
    for epoch in range(1, course.spec.epochs + 1):
        found = steps.take(rows, 0, [LEARNING_RATE], Outcome(0.0, 0, 0))
        if epoch in LOOKS:
            losses[epoch] = found.cost / batches.rows
    return Run(time.perf_counter() - started, losses)


def job_loop(course: Course) -> Run:
    """What a job runs: accuracy, vital signs, progress and a row of metrics in every epoch."""
    batches = course.batches()
    run = JobRun(course.spec, course.steps(batches), batches, None)
    with tempfile.TemporaryDirectory() as folder, MetricsLog(Path(folder) / "metrics") as log:
        teller = Teller(log, course)
        started = time.perf_counter()
        for _ in run.steps(teller):
            pass
        return Run(time.perf_counter() - started, teller.losses)


class Teller:
    """A watcher that writes the metrics."""

    def __init__(self, log: MetricsLog, course: Course) -> None:
        self.losses: dict[int, float] = {}
        self._log, self._course = log, course

    def before_step(self) -> None:
        pass

    def after_step(self, run: JobRun) -> None:
        pass

    def after_epoch(self, epoch: Epoch) -> None:
        self._log.write(vars(epoch))
        progress(epoch, self._course.spec.epochs, len(self._course.pictures.y))
        if epoch.epoch in LOOKS:
            self.losses[epoch.epoch] = epoch.loss


def job(course: Course) -> Run:
    """A job of the running service, from its first epoch to its last."""
    with Service(course.threads) as service:
        dataset = service.upload(course.pictures.files)
        fields = course.spec.model_dump(mode="json", exclude={"dataset"})
        done = service.finished(service.submit({**fields, "dataset": dataset})["id"])
        rows = {row["epoch"]: row for row in service.metrics(done["id"])}
    losses = {epoch: rows[epoch]["loss"] for epoch in LOOKS if epoch in rows}
    return Run(rows[max(rows)]["seconds"], losses)


COMPETITORS: dict[str, Callable[[Course], Run]] = {
    "notebook": notebook,
    "pytorch": pytorch,
    "pytorch_told": pytorch_told,
    "core": core,
    "job_loop": job_loop,
    "job": job,
}

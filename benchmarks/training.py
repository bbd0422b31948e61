"""The course's training: in this project, in PyTorch and in plain NumPy, side by side.

12288-20-7-5-1 on all 209 rows by gradient descent; the same pictures, starting weights and
threads for all. Each run is a process of its own, because the threads of two matrix libraries in
one process get in each other's way; the runs take turns, so that noise meets all of them.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks import setting
from benchmarks.pictures import Pictures, pictures
from benchmarks.service import Service
from worker import build
from worker.data.batches import Batches, blocks
from worker.data.dataset import Split
from worker.nn.backend import Array
from worker.nn.losses import loss_for
from worker.nn.network import Network
from worker.spec import JobSpec
from worker.store import Store
from worker.tasks import progress
from worker.train import Epoch, run_epochs

EPOCHS = 2_500
LEARNING_RATE = 0.0075
WARM_UP = 20  # epochs before the clock starts
LOOKS = (1, 100, 500, 1_000, 1_500, 2_000, 2_500)  # epochs whose losses are compared
NEAR = 0.01  # by which the last losses may differ


class Course(NamedTuple):
    """One run of one competitor."""

    spec: JobSpec
    pictures: Pictures
    threads: int

    def network(self) -> Network:
        """Every competitor starts from these weights."""
        return build.network(self.spec, self.pictures.x[0].size, 2)

    def rows(self) -> NDArray[np.floating]:
        """The pictures as rows of numbers from 0 to 1."""
        return (self.pictures.x.reshape(len(self.pictures.x), -1) / 255).astype(self.spec.precision)


class Run(NamedTuple):
    """How long it took, and the losses before the epochs of LOOKS, as far as it came."""

    seconds: float
    losses: dict[int, float]


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
    """As its own users write it: eager, tensors in memory."""
    import torch
    from torch import nn

    torch.set_num_threads(course.threads)
    X = torch.from_numpy(course.rows())
    Y = torch.from_numpy(course.pictures.y).reshape(-1, 1).to(X.dtype)
    params = [torch.from_numpy(np.ascontiguousarray(p.T)) for p in course.network().params]
    layers: list[nn.Module] = []
    for n_in, n_out in pairwise([X.shape[1], *course.spec.network.hidden_units, 1]):
        layers += [nn.Linear(n_in, n_out, dtype=X.dtype), nn.ReLU()]
    model = nn.Sequential(*layers[:-1])
    with torch.no_grad():
        for parameter, start in zip(model.parameters(), params, strict=True):
            parameter.copy_(start)
    cost, losses = nn.BCEWithLogitsLoss(), {}
    optimizer = torch.optim.SGD(model.parameters(), lr=LEARNING_RATE)
    started = time.perf_counter()
    for epoch in range(1, course.spec.epochs + 1):
        optimizer.zero_grad()
        loss = cost(model(X), Y)
        if epoch in LOOKS:
            losses[epoch] = loss.item()
        loss.backward()
        optimizer.step()
    return Run(time.perf_counter() - started, losses)


def core(course: Course) -> Run:
    """Our network, loss and optimizer in the shortest loop there is."""
    X, loss, network = course.rows(), loss_for(2), course.network()
    Y = loss.targets(course.pictures.y, 2, X)
    optimizer, losses = build.optimizer(course.spec, network.params), {}
    started = time.perf_counter()
    for epoch in range(1, course.spec.epochs + 1):
        logits, backward = network.forward(X)
        cost, slope = loss.cost(logits, Y)
        if epoch in LOOKS:
            losses[epoch] = float(cost)
        optimizer.step(backward(slope), LEARNING_RATE)
    return Run(time.perf_counter() - started, losses)


def job_loop(course: Course) -> Run:
    """What a job runs: accuracy, gradient norms, progress and a row of metrics in every epoch."""
    spec, loss, network = course.spec, loss_for(2), course.network()
    split, losses = Split(course.pictures.x, course.pictures.y), {}
    normalization = build.normalization(spec, blocks(split.x), split.x[0]).astype(spec.precision)
    batches = Batches(split, normalization, loss, 2, spec.batch_size, spec.seed)
    with tempfile.TemporaryDirectory() as folder, Store(Path(folder)).metrics_log("job", 1) as log:

        def on_epoch(epoch: Epoch) -> None:
            log(asdict(epoch))
            progress(epoch, spec.epochs, len(split))
            if epoch.epoch in LOOKS:
                losses[epoch.epoch] = epoch.loss

        started = time.perf_counter()
        run_epochs(spec, network, loss, batches, on_epoch, check=lambda: None)
        return Run(time.perf_counter() - started, losses)


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
    "core": core,
    "job_loop": job_loop,
    "job": job,
}


def course_of(precision: str, epochs: int, threads: int, folder: Path) -> Course:
    spec = JobSpec(
        dataset="ds_" + "0" * 32,
        network={"hidden_units": [20, 7, 5], "activation": "relu", "initializer": "xavier"},
        normalization="scale",
        optimizer={"kind": "sgd", "learning_rate": LEARNING_RATE},
        batch_size="all",
        epochs=epochs,
        precision=precision,
    )
    return Course(spec, pictures(folder), threads)


def run_here(name: str, precision: str, epochs: int, threads: int) -> None:
    """One run, in this process; the answer is a line of JSON."""
    with tempfile.TemporaryDirectory() as folder:
        if name != "job":
            COMPETITORS[name](course_of(precision, WARM_UP, threads, Path(folder)))
        run = COMPETITORS[name](course_of(precision, epochs, threads, Path(folder)))
    print(json.dumps(run._asdict()))


def run_apart(name: str, precision: str, epochs: int, threads: int) -> Run:
    """One run, in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.training", "--one", name]
    command += ["--precision", precision, "--epochs", str(epochs), "--threads", str(threads)]
    counts = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    env = {**os.environ, **dict.fromkeys(counts, str(threads))}
    done = subprocess.run(
        command, cwd=setting.ROOT, env=env, check=True, stdout=subprocess.PIPE, text=True
    )
    return Run(**json.loads(done.stdout.splitlines()[-1]))


def compare(precision: str, epochs: int, rounds: int, threads: int) -> setting.Json:
    """All competitors, taking turns."""
    runs: dict[str, list[Run]] = {name: [] for name in COMPETITORS}
    loads = []
    for _ in range(rounds):
        loads.append(setting.load())
        for name, done in runs.items():
            done.append(run_apart(name, precision, epochs, threads))
            print(f"{precision} {name:9} {done[-1].seconds:7.2f} s", flush=True)
    losses = {name: done[0].losses for name, done in runs.items()}
    return {
        "seconds": {
            name: setting.spread([run.seconds for run in done]) for name, done in runs.items()
        },
        "losses": losses,
        "largest_difference_of_losses": {
            epoch: max(abs(found[epoch] / theirs - 1) for found in losses.values())
            for epoch, theirs in losses["pytorch"].items()
        },
        "load_before_each_round": loads,
    }


def tell(precision: str, found: setting.Json) -> None:
    base = found["seconds"]["pytorch"]["median"]
    for name, seconds in found["seconds"].items():
        low, high = seconds["quartiles"]
        share = seconds["median"] / base
        print(
            f"{precision} {name:9} {seconds['median']:6.2f} s [{low:.2f}, {high:.2f}] "
            f"{share:5.2f} of PyTorch's"
        )
    for epoch, difference in found["largest_difference_of_losses"].items():
        print(f"{precision} losses before epoch {epoch} differ by up to {difference:.1e}")


def main() -> int:
    parser = setting.arguments(__doc__ or "", rounds=5)
    parser.add_argument("--one", choices=COMPETITORS, help="run this once, in this process")
    parser.add_argument("--precision", choices=("float32", "float64"), help="only this one")
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    asked = parser.parse_args()
    if asked.one:
        run_here(asked.one, asked.precision or "float32", asked.epochs, asked.threads)
        return 0
    rounds, epochs = (1, 100) if asked.quick else (asked.rounds, asked.epochs)
    precisions = [asked.precision] if asked.precision else ["float32", "float64"]
    found = {each: compare(each, epochs, rounds, asked.threads) for each in precisions}
    for precision, numbers in found.items():
        tell(precision, numbers)
    if not asked.quick:
        with tempfile.TemporaryDirectory() as folder:
            name = pictures(Path(folder)).name
        sizes = {"widths": [12288, 20, 7, 5, 1], "rows": 209, "epochs": epochs}
        about = {"data": name, "sizes": sizes, "threads": asked.threads, "rounds": rounds}
        setting.save("training", {**about, "precisions": found})
    last = [max(f["largest_difference_of_losses"].items())[1] for f in found.values()]
    return 0 if max(last) < NEAR else 1


if __name__ == "__main__":
    sys.exit(main())

"""What is estimated of a job's memory is what its child is seen to use."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from benchmarks.service.job_memory import Case, Data, Peak, by, net
from tests.conftest import Eventually
from tests.worker.jobs.own import Own, own_worker
from worker.data.preprocessing import Preprocessing
from worker.jobs.queue import JobQueue
from worker.jobs.record import State, new_id
from worker.spec import JobSpec
from worker.training import build, memory_limit
from worker.training.memory_estimate import needed
from worker.training.problem import Problem
from worker.training.sizes import Sizes

OFF = 0.4  # of what is used; the benchmark of all cases allows 0.25
CASES = {
    "tiny": Case(Data(1, 2, 2), net()),
    "the course's network": Case(Data(64, 209, 50), net(20, 7, 5, batch_size="all")),
    "wide, by adam": Case(Data(32, 200), net(1200, 600, epochs=1)),
    "all rows, by sgd": Case(Data(32, 3_000), net(200, batch_size="all", optimizer=by("sgd"))),
    "float64, dropout, validation": Case(
        Data(32, 900, 100, 5),
        net(500, 200, dropout=0.3, precision="float64", validation_fraction=0.4),
    ),
    "many classes": Case(Data(8, 2_000, 8_000, 600), net(30, epochs=1)),
}


@pytest.fixture(scope="module")
def own() -> Iterator[Own]:
    with own_worker("worker", "train", worker_threads=1) as own:
        yield own


@pytest.fixture(scope="module")
def peak(own: Own) -> Peak:
    return Peak(own.process.pid)


def published(own: Own, data: Data, table: bool = False) -> str:
    """A dataset of random pictures, or of rows of so many numbers."""
    dataset, rng = new_id("ds"), np.random.default_rng(1)
    splits = {"train": data.rows, "test": data.test_rows}
    with own.store.datasets.local_folder(dataset) as part:
        for split, rows in splits.items():
            x = rng.integers(0, 256, (rows, data.side, data.side, 3), dtype="uint8")
            np.save(part / f"{split}_x.npy", x.reshape(rows, -1).astype("float32") if table else x)
            np.save(part / f"{split}_y.npy", np.arange(rows) % data.classes)
        about: dict[str, Any] = {
            "classes": [str(k) for k in range(data.classes)],
            "shape": [3 * data.side**2] if table else [data.side, data.side, 3],
            "dtype": "float32" if table else "uint8",
            "preprocessing": {**Preprocessing().as_dict(), "kind": "table" if table else "picture"},
            "splits": {split: {"rows": rows} for split, rows in splits.items()},
        }
        own.store.datasets.publish(dataset, part, about)
    return dataset


def submitted(own: Own, dataset: str, **spec: Any) -> str:
    body = JobSpec.model_validate({"dataset": dataset, **spec}).model_dump(mode="json")
    job = own.records["job"].create(new_id("job"), body)
    JobQueue(own.raw).enqueue(job)
    return job.id


def check(sizes: Sizes, peak: Peak) -> None:
    """What was used is what was estimated, and within the limit."""
    assert needed(sizes) == pytest.approx(peak.most["used"], rel=OFF)
    asked = peak.most["asked"] - peak.first["asked"] + peak.first["used"]
    assert asked < memory_limit.most(sizes)


@pytest.mark.parametrize("name", CASES)
def test_a_job_uses_what_was_estimated(
    name: str, own: Own, peak: Peak, eventually: Eventually
) -> None:
    records, case = own.records["job"], CASES[name]
    dataset = published(own, case.data)
    peak.begin()
    job = submitted(own, dataset, **case.spec)
    eventually(lambda: records.get(job).state is State.SUCCEEDED)
    check(case.sizes(threads=1), peak)


def test_a_job_on_a_table_uses_what_was_estimated(
    own: Own, peak: Peak, eventually: Eventually
) -> None:
    records, data = own.records["job"], Data(64, 1_000, 3_000)
    dataset = published(own, data, table=True)
    peak.begin()
    job = submitted(own, dataset, **net(50, epochs=1, normalization="none"))
    eventually(lambda: records.get(job).state is State.SUCCEEDED)
    spec = JobSpec.model_validate({"dataset": dataset, **net(50)})
    rows = {"train": data.rows, "test": data.test_rows}
    problem = Problem((3 * data.side**2,), data.classes, rows, "float32")
    check(Sizes(build.plan(spec, problem), threads=1, checked=True), peak)

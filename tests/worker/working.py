"""What tests of jobs share: a small dataset in the store, work in this process, things at once."""

import threading
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import redis
from rq import SimpleWorker
from rq.serializers import JSONSerializer

from tests.conftest import Eventually
from tests.worker.training.test_fit import pictures
from worker.data.preprocessing import Preprocessing
from worker.jobs.fill_mark import filled
from worker.jobs.messages import Messages, OneTask, queue
from worker.jobs.record import Record, State, kind_of, new_id
from worker.jobs.recovery import Recovery
from worker.jobs.redis_connection import now_ms
from worker.jobs.transitions import Transitions
from worker.jsontypes import Json
from worker.operations.jobs import Jobs
from worker.store.store import Store
from worker.tasks.context import WorkerContext
from worker.tasks.entry import perform

DATASET = "ds_" + "1" * 32
# Takes two seconds; every number of it would show if anything were done otherwise.
LONG: Json = {
    "dataset": DATASET,
    "model": "cats",
    "epochs": 8000,
    "batch_size": 16,
    "network": {"hidden_units": [6], "dropout": 0.2},
    "validation_fraction": 0.2,
}
ENDLESS: Json = {**LONG, "epochs": 1_000_000}


def publish_dataset(store: Store, dataset: str = DATASET) -> str:
    """A dataset of small pictures, as an import leaves it in the store."""
    made = pictures()
    with store.datasets.local_folder(dataset) as part:
        for split, rows in made.splits.items():
            np.save(part / f"{split}_x.npy", rows.x)
            np.save(part / f"{split}_y.npy", rows.y)
        splits = {split: {"rows": len(rows)} for split, rows in made.splits.items()}
        named = {"classes": made.classes, "shape": made.shape}
        how = Preprocessing(height=4, width=4).as_dict()
        about = {**named, "preprocessing": how, "splits": splits}
        store.datasets.publish(dataset, part, about)
    return dataset


def ready_dataset(context: WorkerContext, dataset: str = "") -> Record:
    """A dataset that is ready, as an import leaves it in the store and in Redis."""
    dataset = publish_dataset(context.store, dataset or new_id("ds"))
    records, body = context.records["ds"], {"name": "pictures"}
    context.store.archive.keep_request(dataset, {"body": body})
    mine = records.claim(records.create(dataset, body).id, "w", 10)
    splits = {"train": {"rows": 60, "per_class": [30, 30]}}
    manifest = {**context.store.datasets.manifest(dataset), "splits": splits, "findings": []}
    records.finish(mine, State.SUCCEEDED, {"result": manifest})
    context.archiver.file(dataset)
    return records.get(dataset)


def submitted(context: WorkerContext, **spec: Any) -> str:
    """A job that waits, its request in the store as the API leaves it."""
    job, body = new_id("job"), {"dataset": DATASET, "model": "cats", "epochs": 2, **spec}
    context.store.archive.keep_request(job, {"body": body})
    context.records["job"].create(job, body)
    return job


def outcome(context: WorkerContext, record_id: str) -> Record:
    """The record once an attempt in this process has ended."""
    perform(record_id)
    return context.records[kind_of(record_id)].get(record_id)


def gets_on(records: Transitions, job: str) -> Callable[[], bool]:
    """Whether a job runs and has done more epochs than now."""

    def epochs(record: Record) -> int:
        return record.progress["epoch"] if record.progress else 0

    before = epochs(records.get(job))

    def further() -> bool:
        record = records.get(job)
        return record.state is State.RUNNING and epochs(record) > before

    return further


def queued_again(records: Transitions, job: str) -> Record:
    """The record after an attempt that was told to end."""
    return records.give_back(records.claim(job, "w", 10), "preempted")


NOTES: dict[State, Json] = {
    State.SUCCEEDED: {"result": {"loss": 0.5}, "version": 3, "progress": {"epoch": 2}},
    State.FAILED: {"problem": {"code": "diverged", "detail": "Was ist das für 1 é?"}},
}


def ended(records: Transitions, job: str, state: State) -> Record:
    """The record of a queued job after an attempt that ended so."""
    claimed = records.claim(job, "w", 10)
    if state is State.CANCELLED:
        records.cancel(job)
    return records.finish(claimed, state, NOTES.get(state))


def wiped(client: redis.Redis, recovery: Recovery) -> bool:
    """Have Redis forget all and be told it again; whether it certainly knows it all then."""
    client.flushall()
    recovery.fill()
    return filled(client)


def queued(device: str = "auto", began_on: str = "") -> Record:
    """A job that asks for a device, and may have begun on one."""
    begun = {"kind": began_on, "name": None} if began_on else None
    return Record(new_id("job"), State.QUEUED, {"device": device}, device=begun)


def listed(operations: Jobs) -> list[str]:
    """The ids of all jobs, the newest first."""
    return [job for job, _ in operations.filtered([], [], 100, None)]


def lapsed_by_now(records: Transitions) -> list[Record]:
    """The running records whose lease is over."""
    return records.lapsed(now_ms(records._redis))


def lapsed(records: Transitions, eventually: Eventually) -> Record:
    """A running record whose lease is over."""
    record = records.claim(records.create(new_id("job"), {"model": "cats"}).id, "w", 0.01)
    eventually(lambda: lapsed_by_now(records))
    return record


def work_off(name: str, raw: redis.Redis) -> None:
    """Have a worker in this process take all messages of a queue."""
    SimpleWorker(
        [queue(name, raw)],
        connection=raw,
        job_class=OneTask,
        queue_class=Messages,
        serializer=JSONSerializer,
    ).work(burst=True, logging_level="CRITICAL")


def once(step: Callable[[], None]) -> Callable[[], bool]:
    """The step as one that `meanwhile` takes a single time."""

    def taken() -> bool:
        step()
        return True

    return taken


def meanwhile(*steps: Callable[[], Any]) -> threading.Thread:
    """Take these steps, each again and again until it gives something true, beside this thread."""

    def take() -> None:
        for step in steps:
            until = time.monotonic() + 30
            while not step():
                if time.monotonic() > until:
                    return
                time.sleep(0.001)

    thread = threading.Thread(target=take)
    thread.start()
    return thread


def at_once(*functions: Callable[[], Any]) -> list[Any]:
    """What each of them gives, or raises, when all begin at the same time."""
    results: list[Any] = [None] * len(functions)
    barrier = threading.Barrier(len(functions))

    def call(place: int) -> None:
        barrier.wait(10)
        try:
            results[place] = functions[place]()
        except Exception as error:
            results[place] = error

    threads = [threading.Thread(target=call, args=(place,)) for place in range(len(functions))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return results

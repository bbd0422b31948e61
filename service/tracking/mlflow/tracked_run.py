"""A job as a run of MLflow: found by its tag or made, told of parameters and metrics, ended."""

import json
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import NamedTuple, TypeVar

from service.tracking.job_history import JobHistory
from service.tracking.mlflow.tracking_server import EXISTS, MISSING, TrackingFailed, TrackingServer
from service.tracking.parameters import parameters, shown
from service.tracking.scalars import of_epoch, of_result
from worker.jobs.record import Record, State
from worker.jsontypes import Json

JOB = "purrceptron.job_id"  # the tag by which a run is found again
MOST_PARAMETERS, MOST_METRICS = 100, 1_000  # in one request
MOST_NAME, MOST_VALUE = 250, 500  # characters of a parameter; old servers take no more
MOST_TAG = 5_000
ENDS = {State.SUCCEEDED: "FINISHED", State.FAILED: "FAILED", State.CANCELLED: "KILLED"}

T = TypeVar("T")


class TrackedRun(NamedTuple):
    """A run as the server knows it."""

    id: str
    over: bool
    artifacts: str  # where its files are
    tags: dict[str, str]


async def told(
    server: TrackingServer, experiment: str, history: JobHistory, rows: Iterable[Json]
) -> TrackedRun:
    """Returns the run of a job, which has all but the model when this returns. A run that is over
    is left as it is, so a job that is told of again has one run and each number once.

    Args:
        experiment: its name; it is made if it is not there.
        rows: of the job's metrics.
    """
    where = await experiment_id(server, experiment)
    run = await found(server, where, history.record) or await made(server, where, history)
    if run.over:
        return run
    for batch in batches(of_spec(history.record), MOST_PARAMETERS):
        await server.post("runs/log-batch", run_id=run.id, params=batch)
    for batch in batches(metrics(history, rows), MOST_METRICS):
        await server.post("runs/log-batch", run_id=run.id, metrics=batch)
    status, ended = ENDS[history.record.state], history.end_ms or history.start_ms
    await server.post("runs/update", run_id=run.id, status=status, end_time=round(ended))
    return run


async def experiment_id(server: TrackingServer, name: str) -> str:
    """Returns the id of an experiment, which is made if it is not there."""
    try:
        answer = await server.get("experiments/get-by-name", experiment_name=name)
    except TrackingFailed as error:
        if error.code != MISSING:
            raise
    else:
        return str(answer["experiment"]["experiment_id"])
    try:
        return str((await server.post("experiments/create", name=name))["experiment_id"])
    except TrackingFailed as error:
        if error.code != EXISTS:  # somebody else made it just now
            raise
    answer = await server.get("experiments/get-by-name", experiment_name=name)
    return str(answer["experiment"]["experiment_id"])


async def found(server: TrackingServer, experiment: str, record: Record) -> TrackedRun | None:
    """Returns the run that was made of a job before, if one was."""
    answer = await server.post(
        "runs/search",
        experiment_ids=[experiment],
        filter=f"tags.`{JOB}` = '{record.id}'",
        order_by=["attributes.start_time ASC"],
        max_results=1,
    )
    return next(map(run_of, answer.get("runs") or ()), None)


async def made(server: TrackingServer, experiment: str, history: JobHistory) -> TrackedRun:
    record = history.record
    answer = await server.post(
        "runs/create",
        experiment_id=experiment,
        run_name=name_of(record),
        start_time=round(history.start_ms),
        tags=pairs(tags(record), MOST_TAG),
    )
    return run_of(answer["run"])


def run_of(answer: Json) -> TrackedRun:
    info, given = answer["info"], answer.get("data", {}).get("tags", ())
    found = {tag["key"]: tag["value"] for tag in given}
    over = info["status"] in ENDS.values()
    return TrackedRun(info["run_id"], over, info.get("artifact_uri", ""), found)


def name_of(record: Record) -> str:
    """Returns how a run is called in lists: as the version that it published, or the model that it
    was to train."""
    version = "" if record.version is None else f"-{record.version}"
    return f"{record.body['model']}{version}"


def tags(record: Record) -> Iterator[tuple[str, str]]:
    """Yields what is known of a job beside its spec and its numbers."""
    yield JOB, record.id
    yield "mlflow.source.name", "purrceptron"
    yield "mlflow.source.type", "JOB"
    yield "purrceptron.state", record.state
    for name in ("model", "dataset"):
        yield f"purrceptron.{name}", record.body[name]
    if record.version is not None:
        yield "purrceptron.version", str(record.version)
    if record.sweep is not None:
        yield "purrceptron.sweep", record.sweep["id"]
    if record.tags:
        yield "purrceptron.tags", ", ".join(record.tags)
    if record.findings:
        yield "purrceptron.findings", ", ".join(each["code"] for each in record.findings)
    if record.problem:
        yield "purrceptron.problem", f"{record.problem['code']}: {record.problem['detail']}"


def of_spec(record: Record) -> Iterator[Json]:
    named = ((name[:MOST_NAME], text_of(value)) for name, value in parameters(shown(record.body)))
    return iter(pairs(named, MOST_VALUE))


def metrics(history: JobHistory, rows: Iterable[Json]) -> Iterator[Json]:
    """Yields each number as MLflow takes it; steps are epochs."""
    last = 0
    for row in rows:
        last = row["epoch"]
        for name, value in of_epoch(row):
            yield metric(name, value, history.clock.ms_of(row), last)
    for name, value in of_result(history.record.result):
        yield metric(name, value, history.end_ms or history.start_ms, last)


def metric(name: str, value: float, ms: float, step: int) -> Json:
    return {"key": name, "value": value, "timestamp": round(ms), "step": step}


def pairs(named: Iterable[tuple[str, str]], most: int) -> list[Json]:
    return [{"key": name, "value": value[:most]} for name, value in named]


def text_of(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def batches(items: Iterator[T], size: int) -> Iterator[list[T]]:
    while batch := list(islice(items, size)):
        yield batch

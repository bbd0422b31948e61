"""What is true of the whole service, whichever process is asked: Redis knows it."""

import time
from collections.abc import Callable, Iterator, Mapping

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from service.telemetry.expired import expired_metrics
from worker.errors import QueueUnavailable
from worker.jobs.counters import ATTEMPT_MS, ATTEMPTS, CREATED, ENDS, LOSSES, counter
from worker.jobs.overview import Load, Overview, Server

# Of records, and how they are called here.
KINDS = {"job": "job", "ds": "import", "bb": "backbone", "pred": "scoring"}
COUNTS = (
    ("purr_created", CREATED, 1, "Jobs, imports, backbones and scorings that were accepted."),
    ("purr_attempts", ATTEMPTS, 1, "Attempts that were begun."),
    ("purr_attempt_seconds", ATTEMPT_MS, 1000, "Seconds of all attempts that have ended, however."),
    ("purr_losses", LOSSES, 1, "Attempts whose process was gone."),
)


class WholeService(Collector):
    """Asks Redis; where that is away, says so and nothing else."""

    def __init__(self, look: Callable[[], Overview]) -> None:
        self._look = look

    def collect(self) -> Iterator[Metric]:
        began = time.perf_counter()
        try:
            found = self._look()
        except QueueUnavailable:
            yield up(False)
            return
        yield up(True)
        yield GaugeMetricFamily(
            "purr_redis_answer_seconds",
            "What Redis took to answer for these numbers.",
            time.perf_counter() - began,
        )
        yield from of_server(found.server)
        yield from of_records(found)
        yield from of_queues(found.queues)
        yield from of_counts(found.counts)
        yield ends(found.counts)
        yield from expired_metrics(found.counts)
        yield GaugeMetricFamily(
            "purr_webhooks_pending", "Webhooks that are still to be sent.", found.pending
        )
        yield GaugeMetricFamily("purr_webhooks_due", "Those of them that are due now.", found.due)
        yield from of_mlflow(found)


def up(answers: bool) -> Metric:
    meaning = "Whether Redis answered; where not, what is true of the whole service is left out."
    return GaugeMetricFamily("purr_redis_up", meaning, answers)


def of_server(server: Server) -> Iterator[Metric]:
    for name, meaning, value in (
        ("used_memory_bytes", "Memory that Redis uses.", server.used_bytes),
        ("max_memory_bytes", "Memory that Redis may use; 0: any.", server.max_bytes),
        ("connected_clients", "Connections that Redis has.", server.clients),
        ("aof_bytes", "Redis' file of all changes; 0: it keeps none.", server.log_bytes),
    ):
        yield GaugeMetricFamily(f"purr_redis_{name}", meaning, value)


def of_records(found: Overview) -> Iterator[Metric]:
    records = GaugeMetricFamily(
        "purr_records",
        "Jobs, imports, backbones and scorings by their state, without datasets in the trash.",
        labels=["kind", "state"],
    )
    for (kind, state), count in found.records.items():
        records.add_metric([KINDS[kind], state], count)
    unfiled = GaugeMetricFamily(
        "purr_unfiled_records",
        "Jobs, imports, backbones and scorings whose end or pause is not on disk yet.",
        labels=["kind"],
    )
    for kind, count in found.unfiled.items():
        unfiled.add_metric([KINDS[kind]], count)
    yield records
    yield GaugeMetricFamily("purr_trashed_datasets", "Datasets in the trash.", found.trashed)
    yield unfiled


def of_mlflow(found: Overview) -> Iterator[Metric]:
    yield GaugeMetricFamily(
        "purr_mlflow_pending", "Ended jobs that are still to be sent to MLflow.", found.untracked
    )
    yield GaugeMetricFamily(
        "purr_mlflow_failed",
        "Ended jobs that could not be sent to MLflow in the last 30 days.",
        found.untrackable,
    )


def of_queues(queues: Mapping[str, Load]) -> Iterator[Metric]:
    for name, meaning, field in (
        ("purr_workers", "Workers that showed themselves within 15 s.", "workers"),
        (
            "purr_waiting",
            "Jobs, imports, backbones and scorings that wait for a worker.",
            "waiting",
        ),
        (
            "purr_oldest_waiting_seconds",
            "Since when the one waits that came into the queue first; 0: none waits.",
            "oldest_s",
        ),
    ):
        family = GaugeMetricFamily(name, meaning, labels=["queue"])
        for queue, load in queues.items():
            family.add_metric([queue], getattr(load, field))
        yield family


def of_counts(counts: Mapping[str, int]) -> Iterator[Metric]:
    for name, field, divisor, meaning in COUNTS:
        family = CounterMetricFamily(name, meaning, labels=["kind"])
        for kind, called in KINDS.items():
            family.add_metric([called], counts.get(counter(kind, field), 0) / divisor)
        yield family


def ends(counts: Mapping[str, int]) -> Metric:
    family = CounterMetricFamily(
        "purr_ends",
        "Jobs, imports, backbones and scorings that have ended; failed ones by their code.",
        labels=["kind", "state", "code"],
    )
    for kind, called in KINDS.items():
        for state, code, field in ENDS:
            family.add_metric([called, state, code], counts.get(counter(kind, field), 0))
    return family

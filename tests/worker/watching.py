"""What tests of a watcher share: a spec, and the watcher of an attempt at it."""

from typing import Any

from worker.jobs.attempt import Attempt
from worker.settings import Settings
from worker.spec import JobSpec
from worker.store.metrics_log import MetricsLog
from worker.store.store import Store
from worker.watch import JobWatcher

DATASET = "ds_" + "0" * 32


def spec_of(**fields: Any) -> JobSpec:
    return JobSpec.model_validate({"dataset": DATASET, "batch_size": 20, **fields})


def watcher_of(
    attempt: Attempt, spec: JobSpec, store: Store, log: MetricsLog, **settings: Any
) -> JobWatcher:
    return JobWatcher(attempt, spec, store, log, Settings(**settings))

"""What tests of scorings share: a model that answers, a dataset, and requests to score it."""

from typing import Any

import numpy as np
from pydantic_core import from_json

from tests.worker.working import DATASET, publish_dataset
from worker.data.preprocessing import Preprocessing
from worker.jobs.record import new_id
from worker.jsontypes import Json
from worker.store.store import Store
from worker.tasks.context import WorkerContext

ASKED: Json = {
    "model": "cats", "version": 1, "dataset": DATASET, "split": None, "top": 10,
    "threshold": None, "unsure": True,
}  # fmt: skip


def publish_model(store: Store, name: str = "cats", version: int = 1, **more: Any) -> None:
    """A model that is not always right about the small pictures of `publish_dataset`."""
    weights = np.random.default_rng(1).normal(3e-4, 2e-3, (48, 1))
    tensors = {"W1": weights.astype("float32"), "b1": np.full(1, -1, "float32")}
    about = {
        "job": f"job_of_{name}",
        "created_at": "2026-01-01T00:00:01",
        "classes": ["0", "1"],
        "shape": [4, 4, 3],
        "spec": {"network": {"activation": "relu"}},
        "dataset": {"id": DATASET, "digest": "sha256:0"},
        "preprocessing": Preprocessing(height=4, width=4).as_dict(),
        **more,
    }
    store.models.publish(name, version, tensors, about, {})


def ready_to_score(context: WorkerContext) -> None:
    publish_dataset(context.store)
    publish_model(context.store)


def asked(context: WorkerContext, **more: Any) -> str:
    """A scoring that waits, its request in the store as the API leaves it."""
    scoring, body = new_id("pred"), {**ASKED, "device": "cpu", **more}
    context.store.archive.keep_request(scoring, {"body": body})
    context.records["pred"].create(scoring, body)
    return scoring


def lines(context: WorkerContext, scoring: str) -> list[Json]:
    manifest = context.store.scorings.manifest(scoring)
    assert manifest is not None
    whole = b"".join(context.store.scorings.blocks(scoring, manifest))
    return [from_json(line) for line in whole.splitlines()]


def files(context: WorkerContext, scoring: str) -> dict[str, bytes]:
    """All that was made, by the name of each file."""
    folder = context.settings.data_dir / "predictions" / scoring / "results"
    return {path.name: path.read_bytes() for path in sorted(folder.glob("*"))}

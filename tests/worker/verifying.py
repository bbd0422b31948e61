"""What tests of verifications share: versions as they are published and as they are changed, and
what came of training them again."""

import hashlib
import json
from pathlib import Path
from typing import Any

from tests.worker.working import outcome, submitted
from worker.jobs.record import Record, State
from worker.jsontypes import Json
from worker.operations.verification import verifying
from worker.tasks.context import WorkerContext

SMALL: Json = {
    "network": {"hidden_units": [6], "dropout": 0.2},
    "batch_size": 16,
    "epochs": 6,
}


def published(context: WorkerContext, **spec: Any) -> Record:
    job = outcome(context, submitted(context, **{**SMALL, **spec}))
    assert job.state is State.SUCCEEDED, job.problem
    return job


def again(context: WorkerContext, version: int = 1, **spec: Any) -> str:
    """The id of a job that verifies a version of cats."""
    asked = verifying(context.store.models.manifest("cats", version)).model_dump(mode="json")
    return submitted(context, **{**asked, **spec})


def verified(context: WorkerContext, version: int = 1) -> Json:
    job = outcome(context, again(context, version))
    assert (job.state, job.ended_by) == (State.SUCCEEDED, "verification"), job.problem
    assert job.result is not None
    return job.result["verification"]  # type: ignore[no-any-return]


def folder(context: WorkerContext, version: int = 1) -> Path:
    return context.settings.data_dir / "models" / "cats" / str(version)


def rewritten(context: WorkerContext, version: int = 1, **fields: Any) -> None:
    """Have a version say something else of itself; what is None is left out."""
    path = folder(context, version) / "manifest.json"
    manifest = json.loads(path.read_text()) | fields
    path.write_text(json.dumps({k: v for k, v in manifest.items() if v is not None}))


def relinked(context: WorkerContext, place: int, *, known: bool = True) -> None:
    """Change a link of a version's chain, as if that had been the digest of the weights.

    Args:
        known: whether the manifest knows of it.
    """
    path = folder(context) / "chain.json"
    chain = json.loads(path.read_text())
    chain["links"][place][2] = "0" * 16
    path.write_text(json.dumps(chain))
    if known:
        files = {"chain.json": f"sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}"}
        rewritten(context, files=files)

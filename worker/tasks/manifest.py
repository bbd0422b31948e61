"""What the store keeps beside a model's weights: from what it was made, and how well it does."""

import json
from datetime import UTC, datetime

from worker.data import row_answers
from worker.data.dataset import Dataset
from worker.data.pictures.fingerprint import fingerprint
from worker.data.tables.preprocessing import TablePreprocessing, preprocessing_of
from worker.jobs.attempt import Attempt
from worker.jsontypes import Json
from worker.spec import JobSpec
from worker.store.features import Key
from worker.store.model_files import CHAIN, HELD_OUT, Content
from worker.store.store import Store
from worker.tasks.environment import Environment, environment
from worker.tasks.features import seen_by_backbone
from worker.training.evaluate import summary
from worker.training.fit import Trained


def manifest_of(
    attempt: Attempt,
    spec: JobSpec,
    dataset: Dataset,
    features: Key | None,
    trained: Trained,
    store: Store,
) -> Json:
    """Returns it for a model that was trained on a dataset, or on these features of its samples."""
    about = {
        "job": attempt.record.id,
        "attempt": attempt.record.attempt,
        "created_at": datetime.now(UTC).isoformat(),
        "spec": spec.model_dump(mode="json"),
        "dataset": {"id": dataset.id, "digest": dataset.digest},
        "classes": dataset.classes,
        "shape": dataset.shape,
        "preprocessing": dataset.preprocessing,
        "result": summary(trained.result),
        "ended_by": trained.ended_by,
        "findings": attempt.notes["findings"],
        "fold_difference": trained.fold_difference,
        "device": attempt.notes["device"],
        "environment": environment_of(attempt, features, store),
        "parents": parents_of(spec, store),
        "unsure": trained.measured.unsure.as_dict(),
    }
    if trained.chain is not None:
        about["chain"] = {"stride": trained.chain.stride, **trained.chain.links[-1]._asdict()}
    if features is not None:  # of pictures that become pixels as the backbone wants them
        about |= seen_by_backbone(features, store)
    return about | fingerprint_of(about["preprocessing"])


def files_of(trained: Trained) -> dict[str, Content]:
    """Returns what is published of a model beside its weights, by the names of the files."""
    files: dict[str, Content] = {**trained.measured.files}
    files[row_answers.FILE] = row_answers.arrays_of(trained.answers)
    if trained.held_out is not None:
        files[HELD_OUT] = trained.held_out.tensors()
    if trained.chain is not None:
        files[CHAIN] = json.dumps(trained.chain.as_dict()).encode()
    return files


def environment_of(attempt: Attempt, features: Key | None, store: Store) -> Environment:
    """Returns where a job trains: also on which features, which may be made otherwise elsewhere."""
    own = environment(attempt.notes["device"])
    if features is None or (manifest := store.features.manifest(features)) is None:
        return own
    return {**own, "features": manifest["digest"]}


def fingerprint_of(preprocessing: Json) -> Json:
    """Returns what the manifest says of how pictures become pixels here, if the model takes any."""
    how = preprocessing_of(preprocessing)
    if isinstance(how, TablePreprocessing) or how.kind != "picture":
        return {}
    return {"fingerprint": vars(fingerprint(how))}


def parents_of(spec: JobSpec, store: Store) -> list[Json]:
    """Returns the versions from whose weights the job started: at most one."""
    if (start := spec.start_from) is None:
        return []
    digest = store.models.manifest(*start.fixed)["digest"]
    return [{**start.model_dump(), "digest": digest}]

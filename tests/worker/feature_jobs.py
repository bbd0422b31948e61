"""What tests of jobs on features share: a backbone and photos that are ready, and what was made."""

from pathlib import Path
from typing import Any

import numpy as np

from tests.worker.data.backbones.networks import file_of, network
from tests.worker.data.making import class_folders, zipped
from tests.worker.working import outcome, submitted
from worker.data.backbones.backbone import NETWORK, Backbone
from worker.data.backbones.examination import examine
from worker.data.backbones.options import BackboneOptions
from worker.data.backbones.running import features, open_session
from worker.data.prepare import prepare
from worker.jobs.record import Record, State, new_id
from worker.jsontypes import Json
from worker.store.features import Form, Key
from worker.tasks.context import WorkerContext

HEAD: Json = {"network": {"hidden_units": []}, "optimizer": {"kind": "adam", "learning_rate": 0.1}}
MANY = 10**6


def ready_backbone(context: WorkerContext, scratch: Path, **how: Any) -> Record:
    """One as its import leaves it in the store and in Redis."""
    backbone = new_id("bb")
    with context.store.backbones.local_folder(backbone) as part:
        file = file_of(scratch, network(**how))
        known = examine(file, part, BackboneOptions(), most_parameters=MANY)
        assert (part / NETWORK).exists()
        manifest = context.store.backbones.publish(backbone, part, known)
    return ready(context, backbone, manifest)


def ready_photos(context: WorkerContext, scratch: Path) -> Record:
    """A dataset of files of pictures, larger than the backbone wants them, as its import leaves
    it."""
    dataset, file = new_id("ds"), zipped(scratch / "1-a.zip", class_folders())
    with context.store.datasets.local_folder(dataset) as part:
        prepared = prepare([file], part, context.settings)
        context.store.originals.keep([file], part, lambda: None)
        manifest = context.store.datasets.publish(dataset, part, prepared.as_dict())
    return ready(context, dataset, manifest)


def ready(context: WorkerContext, record_id: str, manifest: Json) -> Record:
    body = {"name": "small"}
    records = context.records[record_id.partition("_")[0]]
    context.store.archive.keep_request(record_id, {"body": body})
    mine = records.claim(records.create(record_id, body).id, "w", 10)
    records.finish(mine, State.SUCCEEDED, {"result": manifest})
    context.archiver.file(record_id)
    return records.get(record_id)


def job_on(context: WorkerContext, backbone: Record, dataset: Record, **spec: Any) -> str:
    return submitted(context, backbone=backbone.id, dataset=dataset.id, **{**HEAD, **spec})


def key_of(backbone: Record, dataset: Record, form: Form = "plain") -> Key:
    assert backbone.result is not None
    return Key(dataset.id, backbone.result["digest"], form)


def made(context: WorkerContext, key: Key, split: str = "train") -> np.ndarray:
    folder = context.store.features.local_arrays(key)
    assert folder is not None
    found: np.ndarray = np.load(folder / f"{split}_x.npy")
    return found


def expected(context: WorkerContext, key: Key, pictures: np.ndarray) -> np.ndarray:
    backbone, file = context.store.backbones.open(key.backbone)
    return features(open_session(file, 1), backbone, pictures)


def known(context: WorkerContext, key: Key) -> Backbone:
    return context.store.backbones.open(key.backbone)[0]


def version_of(context: WorkerContext, parent: Record, edits: Json) -> Record:
    body = {"name": "a", "parent": parent.id, "root": parent.id, "version": 2, "edits": edits}
    version = new_id("ds")
    context.records["ds"].create(version, body)
    return outcome(context, version)

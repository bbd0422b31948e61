"""An export is made once; what refuses it is kept, and what was an accident is not."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.worker.export.publications import ABOUT, EVALUATION, sources
from tests.worker.export.test_sealed import DENSE
from tests.worker.working import DATASET, publish_dataset
from worker.data import sandbox
from worker.data.backbones import running
from worker.errors import (
    BackboneNotFound,
    ExportRefused,
    LimitExceeded,
    ModelNotFound,
    UnsupportedFile,
    WorkerError,
)
from worker.export.exports import Exports
from worker.settings import Settings
from worker.store import tensor_file
from worker.store.store import Store

MAKE = "worker.export.exports.make"


def published(store: Store, folder: Path, **more: Any) -> Exports:
    store.local_folders()
    publish_dataset(store)
    found = sources(folder, DENSE)
    tensors = {key: np.array(array) for key, array in tensor_file.read(found.weights)[0].items()}
    about = {**found.manifest, **ABOUT, "dataset": {"id": DATASET, "digest": "sha256:0"}, **more}
    store.models.publish("m", 3, tensors, about, EVALUATION)
    return Exports(store, Settings())


def fails(error: Exception) -> Any:
    def make(sources: Any, folder: Path, *_: object) -> None:
        (folder / "model.onnx").write_bytes(b"half of it")
        raise error

    return make


def test_what_refuses_an_export_is_kept_and_nothing_else(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    exports = published(store, tmp_path)
    monkeypatch.setattr(MAKE, fails(UnsupportedFile("Expected less.")))
    with pytest.raises(ExportRefused, match=r"Version 3 of m is not exported\. Expected less\."):
        exports.ready("m", 3)
    monkeypatch.delattr(MAKE)  # nobody asks again
    assert exports.about("m", 3) == {"refused": "Expected less.", "files": {}}
    with pytest.raises(ExportRefused):
        exports.ready("m", 3)


NO_MEMORY = sandbox.Ending(LimitExceeded, running.MORE_MEMORY)  # as the runtime says


@pytest.mark.parametrize("ending", [sandbox.BROKEN, sandbox.TOO_LONG, sandbox.TOO_MUCH, NO_MEMORY])
def test_an_accident_is_told_in_our_words_and_not_kept(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: sandbox.Ending
) -> None:
    exports = published(store, tmp_path)
    monkeypatch.setattr(MAKE, fails(ending.kind(ending.detail)))
    with pytest.raises(WorkerError, match="Expected to export the model, but"):
        exports.ready("m", 3)
    assert store.exports.about("m", 3) is None
    assert [path.name for path in (tmp_path / "models" / "m").iterdir()] == ["3"]


def test_without_its_backbone_it_is_told_what_is_gone(store: Store, tmp_path: Path) -> None:
    exports = published(store, tmp_path, backbone="sha256:0")
    with pytest.raises(BackboneNotFound, match="Train it again"):
        exports.ready("m", 3)


def test_there_is_no_export_of_what_is_not_there(store: Store) -> None:
    with pytest.raises(ModelNotFound):
        Exports(store, Settings()).ready("m", 3)

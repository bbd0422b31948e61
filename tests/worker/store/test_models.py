import json
from pathlib import Path

import numpy as np
import pytest

from worker.errors import DamagedModel, ModelNotFound, WorkerError
from worker.store.model_files import Content
from worker.store.models import ModelStore
from worker.store.space import Space


@pytest.fixture
def models(tmp_path: Path) -> ModelStore:
    return ModelStore(tmp_path, Space(tmp_path))


def test_a_model_comes_back_bit_for_bit(models: ModelStore) -> None:
    tensors = {"W1": np.arange(6, dtype=np.float32).reshape(3, 2).T, "b1": np.zeros(3, np.float32)}
    models.publish("cats", 1, tensors, {"job": "a"}, {})
    again = models.tensors("cats", 1)
    assert {name: a.tolist() for name, a in again.items()} == {
        name: a.tolist() for name, a in tensors.items()
    }
    assert models.manifest("cats", 1)["job"] == "a"


def test_the_evaluation_is_kept_whole_and_an_earlier_model_has_it_in_its_manifest(
    models: ModelStore,
    tmp_path: Path,
) -> None:
    about, whole = {"job": "a", "result": {"test": None}}, {"test": {"confusion": [[1]]}}
    models.publish("cats", 1, {"W1": np.ones(1)}, about, whole)
    with models.evaluation("cats", 1) as file:
        assert json.load(file) == whole
    (tmp_path / "cats" / "1" / "evaluation.json").unlink()
    with models.evaluation("cats", 1) as file:
        assert json.load(file) == {"test": None}
    with pytest.raises(ModelNotFound):
        models.evaluation("cats", 2)


def test_other_files_of_a_version_come_back_as_they_were_published(
    models: ModelStore, tmp_path: Path
) -> None:
    others: dict[str, Content] = {"model.onnx": b"graph", "more.safetensors": {"a": np.ones(2)}}
    models.publish("cats", 1, {"W1": np.ones(1)}, {}, {}, others=others)
    with models.file("cats", 1, "model.onnx").file as file:
        assert file.read() == b"graph"
    with models.file("cats", 1, "more.safetensors").file as file:
        assert file.read()
    with pytest.raises(ModelNotFound, match=r"was published without card\.md"):
        models.file("cats", 1, "card.md")
    (tmp_path / "cats" / "1" / "model.onnx").write_bytes(b"grape")
    with pytest.raises(DamagedModel, match=r"model\.onnx of model cats version 1"):
        models.file("cats", 1, "model.onnx")


def test_publishing_a_version_twice_keeps_the_first(models: ModelStore) -> None:
    for value in (1.0, 2.0):
        models.publish("cats", 1, {"W1": np.array([value])}, {}, {})
    assert models.tensors("cats", 1)["W1"].tolist() == [1.0]
    assert models.versions("cats") == [1]


def test_a_version_is_of_one_job(models: ModelStore) -> None:
    models.publish("cats", 1, {"W1": np.ones(1)}, {"job": "job_a"}, {})
    with pytest.raises(WorkerError, match="job_a has published it"):
        models.publish("cats", 1, {"W1": np.ones(1)}, {"job": "job_b"}, {})
    assert models.manifest("cats", 1)["job"] == "job_a"


def test_a_version_that_another_attempt_published_meanwhile_is_no_error(
    models: ModelStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def publish_first(part: Path) -> None:
        monkeypatch.undo()
        models.publish("cats", 1, {"W1": np.ones(1)}, {"job": "job_a"}, {})

    monkeypatch.setattr("worker.store.model_files.sync_tree", publish_first)
    models.publish("cats", 1, {"W1": np.ones(1)}, {"job": "job_a"}, {})
    assert models.versions("cats") == [1]


def test_a_version_can_be_taken_back_by_the_job_that_made_it(
    models: ModelStore, tmp_path: Path
) -> None:
    for version, job in ((1, "job_a"), (2, "job_b")):
        models.publish("cats", version, {"W1": np.ones(1)}, {"job": job}, {})
    models.withdraw("cats", "job_b")
    models.withdraw("cats", "job_c")
    assert models.versions("cats") == [1]
    assert [path.name for path in (tmp_path / "cats").iterdir()] == ["1"]


def test_a_model_whose_bytes_changed_is_refused(models: ModelStore, tmp_path: Path) -> None:
    models.publish("cats", 1, {"W1": np.ones(4)}, {}, {})
    path = tmp_path / "cats" / "1" / "weights.safetensors"
    path.write_bytes(path.read_bytes()[:-1] + b"\x00")
    with pytest.raises(DamagedModel, match="digest"):
        models.tensors("cats", 1)


@pytest.mark.parametrize("name", ["../../etc", "Cats", "", "a/b", ".hidden", "a" * 64])
def test_a_name_that_no_spec_allows_is_no_model(models: ModelStore, name: str) -> None:
    with pytest.raises(ModelNotFound):
        models.versions(name)


def test_an_unknown_version_is_no_model(models: ModelStore) -> None:
    with pytest.raises(ModelNotFound):
        models.manifest("cats", 3)


def test_versions_count_as_numbers(models: ModelStore) -> None:
    for version in (10, 9, 1):
        models.publish("cats", version, {"W1": np.ones(1)}, {}, {})
    assert models.versions("cats") == [1, 9, 10]
    assert models.names() == ["cats"]


def test_the_version_that_a_job_has_published_is_found(models: ModelStore) -> None:
    for version, job in ((1, "job_a"), (2, "job_b"), (10, "job_c")):
        models.publish("cats", version, {"W1": np.ones(1)}, {"job": job}, {})
    assert [models.version_of("cats", f"job_{name}") for name in "abc"] == [1, 2, 10]
    assert models.version_of("cats", "job_d") is None
    assert models.version_of("dogs", "job_a") is None


def test_the_weights_come_with_their_size(models: ModelStore, tmp_path: Path) -> None:
    models.publish("cats", 1, {"W1": np.ones(4)}, {}, {})
    weights = models.weights("cats", 1)
    with weights.file as file:
        payload = file.read()
    assert payload == (tmp_path / "cats" / "1" / "weights.safetensors").read_bytes()
    assert weights.size_bytes == len(payload)


def test_a_revision_changes_with_the_versions_and_with_nothing_else(models: ModelStore) -> None:
    found = []
    for version in (1, 2):
        models.publish("cats", version, {"W1": np.ones(1)}, {"job": f"job_{version}"}, {})
        found += [models.revisions(), models.revisions()]
    models.withdraw("cats", "job_2")
    found.append(models.revisions())
    assert found[0] == found[1] != found[2] == found[3] != found[4]
    assert [*found[0]] == ["cats"]


def test_a_file_that_goes_while_it_is_asked_for_is_lost_or_its_version_withdrawn(
    models: ModelStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    models.publish("cats", 1, {"W1": np.ones(1)}, {"job": "job_1"}, {})
    (tmp_path / "cats" / "1" / "weights.safetensors").unlink()
    with pytest.raises(DamagedModel, match="gone; train it again"):
        models.weights("cats", 1)

    def withdrawn(path: Path, *_: object) -> None:
        models.withdraw("cats", "job_1")
        path.open("rb")

    monkeypatch.setattr("worker.store.models.opened", withdrawn)
    with pytest.raises(ModelNotFound):
        models.weights("cats", 1)

import errno
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from worker.errors import (
    DamagedDataset,
    DamagedModel,
    DatasetNotFound,
    ModelNotFound,
    StoreFull,
    WorkerError,
)
from worker.store.store import Store
from worker.system.files import full_disk_named, write_atomically

DATASET = "ds_" + "1" * 32
ABOUT: dict[str, Any] = {
    "classes": ["no", "yes"],
    "shape": [2, 2, 3],
    "preprocessing": {},
    "splits": {},
}


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path)


def publish(store: Store) -> dict[str, Any]:
    with store.dataset_folder(DATASET) as part:
        for split, rows in (("train", 4), ("test", 2)):
            np.save(part / f"{split}_x.npy", np.full((rows, 2, 2, 3), rows, np.uint8))
            np.save(part / f"{split}_y.npy", np.arange(rows) % 2)
        return store.publish_dataset(DATASET, part, ABOUT)


def test_a_dataset_is_mapped_into_memory_not_read(store: Store) -> None:
    publish(store)
    dataset = store.dataset(DATASET)
    assert isinstance(dataset.train.x, np.memmap)
    assert not dataset.train.x.flags.writeable
    assert (len(dataset.splits["train"]), len(dataset.splits["test"])) == (4, 2)


def test_nothing_half_made_is_visible(store: Store) -> None:
    with store.dataset_folder(DATASET) as part:
        np.save(part / "train_x.npy", np.zeros(1))
        with pytest.raises(DatasetNotFound):
            store.dataset(DATASET)
    assert list((store.root / "datasets").iterdir()) == []


def test_publishing_a_dataset_twice_keeps_the_first(store: Store) -> None:
    assert publish(store) == publish(store)


def test_a_dataset_whose_bytes_changed_is_refused(store: Store) -> None:
    publish(store)
    path = store.root / "datasets" / DATASET / "train_x.npy"
    path.write_bytes(path.read_bytes()[:-1] + b"\x00")
    with pytest.raises(DamagedDataset, match="digest"):
        store.dataset(DATASET)


def test_a_model_comes_back_bit_for_bit(store: Store) -> None:
    tensors = {"W1": np.arange(6, dtype=np.float32).reshape(3, 2).T, "b1": np.zeros(3, np.float32)}
    store.publish_model("cats", 1, tensors, {"job": "a"}, {})
    again = store.tensors("cats", 1)
    assert {name: a.tolist() for name, a in again.items()} == {
        name: a.tolist() for name, a in tensors.items()
    }
    assert store.model_manifest("cats", 1)["job"] == "a"


def test_the_evaluation_is_kept_whole_and_an_earlier_model_has_it_in_its_manifest(
    store: Store,
) -> None:
    about, whole = {"job": "a", "result": {"test": None}}, {"test": {"confusion": [[1]]}}
    store.publish_model("cats", 1, {"W1": np.ones(1)}, about, whole)
    with store.evaluation("cats", 1) as file:
        assert json.load(file) == whole
    (store.root / "models" / "cats" / "1" / "evaluation.json").unlink()
    with store.evaluation("cats", 1) as file:
        assert json.load(file) == {"test": None}
    with pytest.raises(ModelNotFound):
        store.evaluation("cats", 2)


def test_publishing_a_version_twice_keeps_the_first(store: Store) -> None:
    for value in (1.0, 2.0):
        store.publish_model("cats", 1, {"W1": np.array([value])}, {}, {})
    assert store.tensors("cats", 1)["W1"].tolist() == [1.0]
    assert store.versions("cats") == [1]


def test_a_version_is_of_one_job(store: Store) -> None:
    store.publish_model("cats", 1, {"W1": np.ones(1)}, {"job": "job_a"}, {})
    with pytest.raises(WorkerError, match="job_a has published it"):
        store.publish_model("cats", 1, {"W1": np.ones(1)}, {"job": "job_b"}, {})
    assert store.model_manifest("cats", 1)["job"] == "job_a"


def test_a_version_that_another_attempt_published_meanwhile_is_no_error(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def publish_first(part: Path) -> None:
        monkeypatch.undo()
        store.publish_model("cats", 1, {"W1": np.ones(1)}, {"job": "job_a"}, {})

    monkeypatch.setattr("worker.store.store.sync_tree", publish_first)
    store.publish_model("cats", 1, {"W1": np.ones(1)}, {"job": "job_a"}, {})
    assert store.versions("cats") == [1]


def test_a_version_can_be_taken_back_by_the_job_that_made_it(store: Store) -> None:
    for version, job in ((1, "job_a"), (2, "job_b")):
        store.publish_model("cats", version, {"W1": np.ones(1)}, {"job": job}, {})
    store.withdraw_model("cats", "job_b")
    store.withdraw_model("cats", "job_c")
    assert store.versions("cats") == [1]
    assert [path.name for path in store.model_folder("cats").iterdir()] == ["1"]


def test_a_model_whose_bytes_changed_is_refused(store: Store) -> None:
    store.publish_model("cats", 1, {"W1": np.ones(4)}, {}, {})
    path = store.root / "models" / "cats" / "1" / "weights.safetensors"
    path.write_bytes(path.read_bytes()[:-1] + b"\x00")
    with pytest.raises(DamagedModel, match="digest"):
        store.tensors("cats", 1)


@pytest.mark.parametrize("name", ["../../etc", "Cats", "", "a/b", ".hidden", "a" * 64])
def test_a_name_that_no_spec_allows_is_no_model(store: Store, name: str) -> None:
    with pytest.raises(ModelNotFound):
        store.versions(name)


def test_an_unknown_version_is_no_model(store: Store) -> None:
    with pytest.raises(ModelNotFound):
        store.model_manifest("cats", 3)


def test_versions_count_as_numbers(store: Store) -> None:
    for version in (10, 9, 1):
        store.publish_model("cats", version, {"W1": np.ones(1)}, {}, {})
    assert store.versions("cats") == [1, 9, 10]
    assert store.model_names() == ["cats"]


def test_metrics_are_read_while_they_are_written(store: Store) -> None:
    with store.metrics_log("job_1", 1) as log:
        log.write({"epoch": 1, "layers": [{}]})
    with store.metrics_file("job_1", 1).open("a") as file:
        file.write('{"epoch": 2}\n{"epo')
    assert store.metrics("job_1", 1).rows() == [{"epoch": 1, "layers": [{}]}, {"epoch": 2}]


def test_an_attempt_that_wrote_nothing_has_no_metrics(store: Store) -> None:
    assert store.metrics("job_1", 7).rows() == []


def test_the_version_that_a_job_has_published_is_found(store: Store) -> None:
    for version, job in ((1, "job_a"), (2, "job_b"), (10, "job_c")):
        store.publish_model("cats", version, {"W1": np.ones(1)}, {"job": job}, {})
    assert [store.version_of("cats", f"job_{name}") for name in "abc"] == [1, 2, 10]
    assert store.version_of("cats", "job_d") is None
    assert store.version_of("dogs", "job_a") is None


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b.json"
    for value in (1, 2):
        write_atomically(path, json.dumps(value).encode())
    assert (path.read_text(), [p.name for p in path.parent.iterdir()]) == ("2", ["b.json"])


def test_too_little_space_is_said_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(StoreFull, match="Make room"):
        Store(tmp_path, min_free_bytes=2**60).open_upload(DATASET)
    assert not (tmp_path / "uploads").exists()


def test_a_full_disk_has_a_name_and_other_faults_keep_theirs() -> None:
    with pytest.raises(StoreFull), full_disk_named():
        raise OSError(errno.ENOSPC, "full")
    with pytest.raises(PermissionError), full_disk_named():
        raise PermissionError(errno.EACCES, "no")


def keep(store: Store, place: str, value: float) -> None:
    store.keep_checkpoint("job_1", place, {"W": np.full(3, float(value))}, {"epoch": value})


def test_the_newest_checkpoint_comes_back_and_two_are_kept(store: Store) -> None:
    assert store.newest_checkpoint("job_1") is None
    for number in (1, 2, 3):
        keep(store, f"{number:03}", number)
    found = store.newest_checkpoint("job_1")
    assert found is not None
    assert (found[0]["W"].tolist(), found[1]) == ([3, 3, 3], {"epoch": 3})
    assert len(list((store.root / "jobs" / "job_1" / "checkpoints").iterdir())) == 2


@pytest.mark.parametrize("damage", [lambda b: b[:-1], lambda b: b[:-1] + b"x", lambda b: b""])
def test_a_damaged_checkpoint_is_left_for_the_one_before(store: Store, damage: Any) -> None:
    keep(store, "1", 1)
    keep(store, "2", 2)
    newest = max((store.root / "jobs" / "job_1" / "checkpoints").iterdir())
    newest.write_bytes(damage(newest.read_bytes()))
    found = store.newest_checkpoint("job_1")
    assert found is not None
    assert found[1] == {"epoch": 1}


def test_dropped_checkpoints_are_gone(store: Store) -> None:
    keep(store, "1", 1)
    store.drop_checkpoints("job_1")
    assert store.newest_checkpoint("job_1") is None

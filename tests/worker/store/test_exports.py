"""What is exported of a version is there whole or not at all, and nothing of it changes unseen."""

import shutil
from pathlib import Path

import pytest

from tests.worker.serving.test_loaded_models import publish
from worker.errors import DamagedModel, ModelNotFound, Preempted
from worker.store.exports import MODEL
from worker.store.store import Store


def nothing() -> None:
    """Whoever asks may go on."""


def export(store: Store) -> None:
    with store.exports.local_folder("cats", 1, 0) as folder:
        (folder / MODEL).write_bytes(b"network")
        store.exports.publish("cats", 1, folder, {"rows": 7})


def test_what_was_made_is_known_by_its_digest(store: Store) -> None:
    publish(store, "cats")
    assert store.exports.about("cats", 1) is None
    export(store)
    about = store.exports.about("cats", 1)
    assert about is not None
    assert (about["rows"], [*about["files"]]) == (7, [MODEL])
    file = store.exports.file("cats", 1, MODEL)
    with file.file:
        assert (file.file.read(), file.size_bytes) == (b"network", 7)


def test_a_removal_that_is_interrupted_leaves_nothing_for_long(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(store, "cats")
    export(store)
    version = tmp_path / "models" / "cats" / "1"
    (version / "export" / MODEL).write_bytes(b"another")
    with monkeypatch.context() as patched:
        patched.setattr(shutil, "rmtree", lambda *_, **__: None)
        with pytest.raises(DamagedModel):
            store.exports.file("cats", 1, MODEL)
    assert [*version.glob(".export.*")]
    store.models.drop_leftovers(-1)
    assert not [*version.glob(".export.*")]


def test_a_file_that_was_changed_is_not_given_away(store: Store, tmp_path: Path) -> None:
    publish(store, "cats")
    export(store)
    (tmp_path / "models" / "cats" / "1" / "export" / MODEL).write_bytes(b"another")
    with pytest.raises(DamagedModel, match="has changed on disk"):
        store.exports.file("cats", 1, MODEL)
    assert store.exports.about("cats", 1) is None  # so that it is made anew
    export(store)
    store.exports.file("cats", 1, MODEL).file.close()


@pytest.mark.parametrize("name", ["cats", "dogs", "../cats"])
def test_what_is_not_there_is_not_found(store: Store, name: str) -> None:
    publish(store, "cats")
    with pytest.raises(ModelNotFound):
        store.exports.file(name, 1, MODEL)
    if name != "cats":
        with pytest.raises(ModelNotFound), store.exports.alone(name, 1, nothing):
            pass


def test_a_version_that_was_withdrawn_meanwhile_is_not_there_again(store: Store) -> None:
    publish(store, "cats", job="job_1")
    with store.exports.local_folder("cats", 1, 0) as folder:
        (folder / MODEL).write_bytes(b"network")
        store.withdraw_model("cats", "job_1")
        with pytest.raises(ModelNotFound):
            store.exports.publish("cats", 1, folder, {})
    assert store.models.versions("cats") == []


def test_only_one_makes_it_at_a_time(store: Store) -> None:
    publish(store, "cats")

    def give_up() -> None:
        raise Preempted("Somebody else has it.")

    with store.exports.alone("cats", 1, nothing):
        with pytest.raises(Preempted), store.exports.alone("cats", 1, give_up):
            pass
        publish(store, "cats", 2)
        with store.exports.alone("cats", 2, give_up):
            pass
    with store.exports.alone("cats", 1, give_up):
        pass

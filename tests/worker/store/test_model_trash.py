import os
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from tests.worker.serving.test_loaded_models import publish
from worker.data.dataset import Split
from worker.errors import StoreFull
from worker.store.model_trash import Trashed
from worker.store.right_answers import AskedRows
from worker.store.store import Store

LATER = int(time.time() * 1000) + 10**7
PAST = 1


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = Store(tmp_path)
    for version in (1, 2, 3):
        publish(store, "cats", version, weight=float(version), backbone=f"sha256:{version}")
    return store


def put(store: Store, version: int, until_ms: int = LATER) -> Trashed:
    gone = Trashed(until_ms, "cats", version, aliases=("old",))
    with store.model_trash.alone("cats"):
        store.model_trash.put([gone])
    return gone


def left(tmp_path: Path) -> list[str]:
    """What lies in the trash."""
    return sorted(path.name for path in (tmp_path / "models/cats/trash").iterdir())


def test_what_is_in_the_trash_is_no_version_and_is_known_to_others(
    store: Store, tmp_path: Path
) -> None:
    gone = put(store, 3)
    assert store.models.versions("cats") == [1, 2]
    other = Store(tmp_path).model_trash
    assert (other.of("cats"), other.names(), other.next_ms()) == ([gone], ["cats"], LATER)
    assert other.bytes(gone) > store.models.bytes("cats", 1) // 2


def test_a_number_is_never_given_again(store: Store) -> None:
    assert store.models.highest("cats") == 3
    put(store, 3, PAST)
    put(store, 2, PAST)
    assert store.models.highest("cats") == 3
    store.model_trash.sweep()
    assert (store.models.highest("cats"), store.models.highest("dogs")) == (3, 0)


def test_the_sweep_takes_what_is_due_and_all_that_was_known_of_it(
    store: Store, tmp_path: Path
) -> None:
    asked = AskedRows.of("ds_1", Split.whole(np.zeros((2, 2), "uint8"), np.arange(2)))
    for version in (1, 2):
        manifest = store.models.manifest("cats", version)
        store.right_answers.keep("cats", manifest, asked, np.ones(2, bool))
    put(store, 1, PAST)
    put(store, 3)
    store.model_trash.sweep()
    assert left(tmp_path) == ["3", "3.json", "highest.json"]
    assert len([*(tmp_path / "models/cats/right").iterdir()]) == 1


def test_right_answers_of_the_same_weights_stay(store: Store, tmp_path: Path) -> None:
    publish(store, "cats", 4, weight=1.0)
    asked = AskedRows.of("ds_1", Split.whole(np.zeros((2, 2), "uint8"), np.arange(2)))
    manifest = store.models.manifest("cats", 1)
    store.right_answers.keep("cats", manifest, asked, np.ones(2, bool))
    put(store, 1, PAST)
    store.model_trash.sweep()
    assert store.right_answers.has("cats", store.models.manifest("cats", 4), asked)


def test_the_oldest_goes_first_where_room_is_needed(store: Store) -> None:
    put(store, 1, LATER + 1)
    put(store, 2)
    assert store.model_trash.empty_oldest()
    assert [each.version for each in store.model_trash.of("cats")] == [1]
    assert store.model_trash.empty_oldest()
    assert not store.model_trash.empty_oldest()


def test_whoever_dies_before_the_rename_has_deleted_nothing(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dies(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Path, "rename", dies)
        with pytest.raises(KeyboardInterrupt):
            put(store, 2)
    assert store.models.versions("cats") == [1, 2, 3]
    assert store.model_trash.of("cats") == []
    store.model_trash.sweep()
    assert left(tmp_path) == ["highest.json"]
    assert store.models.versions("cats") == [1, 2, 3]


def test_on_a_full_disk_nothing_is_deleted_by_halves(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise StoreFull("The disk is full.")

    monkeypatch.setattr("worker.store.model_trash.write_atomically", full)
    with pytest.raises(StoreFull):
        put(store, 2)
    assert store.models.versions("cats") == [1, 2, 3]


def test_a_backbone_is_needed_by_what_may_be_restored(store: Store) -> None:
    put(store, 3)
    assert store.model_needs.with_backbone("sha256:3") == ["cats"]
    assert store.model_needs.backbones() == {"sha256:1", "sha256:2", "sha256:3"}


def test_leftovers_of_who_died_while_removing_go(store: Store, tmp_path: Path) -> None:
    put(store, 3)
    half = tmp_path / "models/cats/trash/.3.1a2b3c4d.part"
    half.mkdir()
    os.utime(half, (1, 1))
    store.model_trash.drop_leftovers(3600)
    assert ".3.1a2b3c4d.part" not in left(tmp_path)


def test_what_was_restored_and_deleted_again_stays_though_it_was_seen_when_it_was_due(
    store: Store,
) -> None:
    seen = put(store, 3, PAST)
    with store.model_trash.alone("cats"):
        store.model_trash.restore([seen])
    again = put(store, 3)
    assert not store.model_trash.remove(seen)
    assert store.model_trash.of("cats") == [again]
    assert store.model_trash.remove(again)
    assert not store.model_trash.remove(again)


def test_a_sweep_leaves_what_is_just_being_deleted(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sweeping, rename = threading.Thread(target=Store(tmp_path).model_trash.sweep), Path.rename

    def renamed(path: Path, target: Path) -> Path:
        if path.name == "3":  # what is known of it stands in the trash, its files not yet
            sweeping.start()
            sweeping.join(0.2)
            assert sweeping.is_alive()
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", renamed)
    gone = put(store, 3)
    sweeping.join(10)
    assert store.model_trash.of("cats") == [gone]


def test_what_cannot_be_removed_does_not_keep_a_sweep_from_the_others(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for version in (1, 2):
        put(store, version, PAST)
    put(store, 3)
    (tmp_path / "models/cats/trash/3").rename(tmp_path / "3")  # as if by who died meanwhile
    unlink = Path.unlink

    def unlinked(path: Path, **how: bool) -> None:
        if path.name in ("1.json", "3.json"):
            raise OSError("it is away")
        unlink(path, **how)

    monkeypatch.setattr(Path, "unlink", unlinked)
    store.model_trash.sweep()
    assert left(tmp_path) == ["1.json", "3.json", "highest.json"]
    monkeypatch.undo()
    store.model_trash.sweep()
    assert left(tmp_path) == ["highest.json"]

from pathlib import Path
from typing import Any

import pytest

from tests.worker.serving.test_loaded_models import publish
from worker.operations.newest_model import NewestModel
from worker.store.models import ModelStore
from worker.store.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path)


def test_the_newest_is_what_was_published_last(store: Store) -> None:
    newest = NewestModel(store.models)
    assert newest.name() is None
    publish(store, "b", at="2026-01-02")
    publish(store, "a", at="2026-01-01")
    assert newest.name() == "b"
    publish(store, "a", version=2, at="2026-01-03")
    assert newest.name() == "a"
    store.models.withdraw("a", "a-2")
    assert newest.name() == "b"


def test_manifests_that_have_not_changed_are_not_read_again(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in "abc":
        publish(store, name, at=f"2026-01-01{name}")
    newest, read = NewestModel(store.models), []
    manifest = ModelStore.manifest

    def reading(self: ModelStore, name: str, version: int) -> Any:
        read.append(name)
        return manifest(self, name, version)

    monkeypatch.setattr(ModelStore, "manifest", reading)
    for _ in range(3):
        assert newest.name() == "c"
    assert sorted(read) == ["a", "b", "c"]

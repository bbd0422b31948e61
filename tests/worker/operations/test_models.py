import json
from pathlib import Path
from typing import Any

import pytest

from tests.worker.serving.test_loaded_models import publish
from worker.errors import ModelNotFound
from worker.operations.model_filter import Wanted
from worker.operations.models import Models, Versions
from worker.store.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path)


def shown(model: Versions) -> tuple[str, int, int, list[int]]:
    return model.name, model.newest, model.total, [one["version"] for one in model.manifests]


def test_a_page_has_the_models_behind_a_name_each_with_its_newest_version(store: Store) -> None:
    for name, version in (("c", 1), ("a", 1), ("b", 9), ("b", 10)):
        publish(store, name, version)
    models = Models(store)
    assert [shown(model) for _, model in models.page() if model] == [
        ("a", 1, 1, [1]), ("b", 10, 2, [10]), ("c", 1, 1, [1])
    ]  # fmt: skip
    assert [name for name, _ in models.page(after="a")] == ["b", "c"]


def test_models_are_found_by_what_they_learned_from_and_by_their_tags(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in "abcd":
        publish(store, name, dataset={"id": "ds_1" if name < "c" else "ds_2", "digest": ""})
    publish(store, "b", 2, dataset={"id": "ds_2", "digest": ""})
    models = Models(store)
    store.labels.change("model", "c", {"tags": ["small"]})

    def found(*wanted: Any) -> list[str]:
        return [name for name, model in models.page(None, Wanted(*wanted)) if model]

    assert found("ds_2") == ["b", "c", "d"]
    assert found("ds_2", frozenset({"small"})) == found(None, frozenset({"small"})) == ["c"]
    store.labels.change("model", "d", {"tags": ["small", "x"]})
    assert found(None, frozenset({"small"})) == ["c", "d"]
    monkeypatch.setattr("worker.operations.models.LOOKED_AT", 1)
    other, tags = Models(store), frozenset({"x"})
    assert [*other.page(None, Wanted(None, tags))] == [("a", None)]
    assert [*other.page("a", Wanted(None, tags))] == [("b", None)]
    assert [name for name, _ in other.page("c", Wanted(None, tags))] == ["d"]


def test_a_model_whose_versions_were_all_withdrawn_is_no_model(store: Store) -> None:
    publish(store, "a")
    store.models.withdraw("a", "a-1")
    models = Models(store)
    assert [*models.page()] == []
    with pytest.raises(ModelNotFound, match="the name a"):
        models.get("a")


def test_a_model_has_its_versions_from_the_newest_to_the_oldest(store: Store) -> None:
    for version in (1, 2, 10):
        publish(store, "a", version)
    models = Models(store)
    assert shown(models.get("a")) == ("a", 10, 3, [10, 2, 1])
    assert shown(models.get("a", before=10)) == ("a", 10, 3, [2, 1])
    assert shown(models.get("a", before=1)) == ("a", 10, 3, [])


def test_a_version_has_a_manifest_an_evaluation_and_weights(store: Store) -> None:
    publish(store, "a")
    models = Models(store)
    assert models.version("a", 1)["job"] == "a-1"
    with models.evaluation("a", 1) as file:
        assert json.load(file) == {}
    weights = models.weights("a", 1)
    with weights.file as file:
        assert len(file.read()) == weights.size_bytes
    for ask in (models.version, models.evaluation, models.weights):
        with pytest.raises(ModelNotFound):
            ask("a", 2)


def test_where_no_model_is_named_the_default_is_meant_or_else_the_newest(store: Store) -> None:
    with pytest.raises(ModelNotFound, match="Post a job first"):
        Models(store).default()
    publish(store, "a")
    assert Models(store).default() == "a"
    assert Models(store, "cats").default() == "cats"

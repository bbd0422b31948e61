"""Whether a model from which trainings start has seen the rows that folds hold out from them."""

from typing import Any

import numpy as np
import pytest

from tests.worker.training.test_fit import ID
from worker.errors import InvalidParameter
from worker.jsontypes import Json
from worker.operations.seen_rows import check_unseen
from worker.spec import JobSpec
from worker.store.store import Store

UPLOAD, VERSION, LATER, OTHER, GONE = (f"ds_{n}" * 10 for n in range(1, 6))
START = {"start_from": {"model": "cats"}, "folds": 2}


@pytest.fixture
def stored(store: Store) -> Store:
    """An upload, two versions of it, one after the other, and one that adds the first of these to
    another upload."""
    edits: dict[str, Json] = {
        UPLOAD: {},
        VERSION: {"parent": UPLOAD, "edits": {"drop": []}},
        LATER: {"parent": VERSION, "edits": {"drop": []}},
        OTHER: {"parent": GONE, "edits": {"add": VERSION}},
    }
    for dataset, about in edits.items():
        with store.datasets.local_folder(dataset) as part:
            np.save(part / "train_x.npy", np.arange(3))
            splits = {"train": {"rows": 3}}
            named = {"classes": ["a", "b"], "shape": [1], "preprocessing": {}, "splits": splits}
            store.datasets.publish(dataset, part, {**named, **about})
    return store


def model(store: Store, dataset: str, digest: str = "sha256:1", **more: Any) -> Json:
    """The manifest of a version that was trained on a dataset."""
    version = store.models.highest("cats") + 1
    about = {"job": f"job_{version}", "dataset": {"id": dataset, "digest": digest}, **more}
    store.models.publish("cats", version, {"W1": np.ones(1)}, about, {})
    return store.models.manifest("cats", version)


def check(store: Store, dataset: str, start: Json, **fields: object) -> None:
    spec = JobSpec.model_validate({"dataset": ID, **START, **fields})
    named = spec.model_copy(update={"dataset": dataset})
    check_unseen(named, {"digest": "sha256:0"}, start, store)


@pytest.mark.parametrize("trained_on", [UPLOAD, VERSION, LATER, OTHER])
@pytest.mark.parametrize("dataset", [UPLOAD, VERSION, LATER])
def test_versions_of_one_upload_have_rows_in_common(
    stored: Store, dataset: str, trained_on: str
) -> None:
    start = model(stored, trained_on)
    with pytest.raises(InvalidParameter, match="version 1 of cats was trained on") as refused:
        check(stored, dataset, start)
    assert refused.value.pointer == "/folds"
    check(stored, dataset, start, folds=None)


def test_the_same_arrays_are_the_same_rows_whatever_they_are_called(stored: Store) -> None:
    with pytest.raises(InvalidParameter):
        check(stored, UPLOAD, model(stored, GONE, digest="sha256:0"))


def test_a_model_has_seen_what_the_one_had_seen_from_which_it_started(stored: Store) -> None:
    model(stored, UPLOAD)
    between = model(stored, GONE, parents=[{"model": "cats", "version": 1}])
    last = model(stored, GONE, parents=[{"model": "cats", "version": between["version"]}])
    with pytest.raises(InvalidParameter, match="version 1 of cats"):
        check(stored, LATER, last)


def test_nothing_is_held_against_a_model_of_other_rows(stored: Store) -> None:
    check(stored, UPLOAD, model(stored, GONE))
    check(stored, UPLOAD, model(stored, GONE, parents=[{"model": "gone", "version": 1}]))

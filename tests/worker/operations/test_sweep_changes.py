"""A spec with the changes of a candidate."""

from typing import Any

import pytest

from tests.worker.test_vary_spec import span, vary
from worker.errors import InvalidParameter
from worker.jsontypes import Json
from worker.operations.sweep_changes import applied, written_at
from worker.spec import JobSpec

SPEC = {"dataset": f"ds_{0:032x}", "network": {"hidden_units": [20, 7]}, "early_stopping": None}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"epochs": 3}, {"epochs": 3}),
        ({"network.hidden_units": [5]}, {"network": {"hidden_units": [5]}}),
        ({"network.hidden_units.1": 5}, {"network": {"hidden_units": [20, 5]}}),
        ({"network": {"kind": "dense"}}, {"network": {"kind": "dense"}}),
        # What is not there yet is of its default's kind, if there are kinds.
        ({"optimizer.learning_rate": 0.1}, {"optimizer": {"kind": "adam", "learning_rate": 0.1}}),
        ({"schedule.warmup_epochs": 1}, {"schedule": {"kind": "constant", "warmup_epochs": 1}}),
        ({"regularization.l2": 0.1}, {"regularization": {"l2": 0.1}}),
        ({"early_stopping.patience": 3}, {"early_stopping": {"patience": 3}}),
        # A part comes before what is in it, however they were written.
        ({"optimizer.learning_rate": 0.1, "optimizer": {"kind": "sgd"}},
         {"optimizer": {"kind": "sgd", "learning_rate": 0.1}}),
    ],
)  # fmt: skip
def test_a_change_is_made_and_all_else_stays(changes: Json, expected: Json) -> None:
    before = repr(SPEC)
    assert applied(SPEC, changes) == {**SPEC, **expected}
    assert repr(SPEC) == before


def test_two_candidates_share_no_part() -> None:
    choice: Json = {"network": {"kind": "dense", "hidden_units": [5]}}
    one = applied(SPEC, {**choice, "network.hidden_units.0": 9})
    assert (one["network"]["hidden_units"], choice["network"]["hidden_units"]) == ([9], [5])


def test_what_comes_of_it_can_be_asked_for() -> None:
    spec = JobSpec.model_validate(applied(SPEC, {"optimizer.learning_rate": 0.5}))
    assert spec.optimizer.learning_rate == 0.5


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("network.hidden_units.2", "to be in the spec, but the list there has a length of 2"),
        ("network.hidden_units.x", "has a length of 2. Give all of it in the spec"),
        ("network.hidden_units.0.units", "but 0 is 20. Give it in the spec, or vary it as a whole"),
        ("dataset.name", "but dataset is 'ds_"),
    ],
)  # fmt: skip
def test_a_place_that_the_spec_does_not_have_is_refused(path: str, said: str) -> None:
    with pytest.raises(InvalidParameter, match=said) as refusal:
        applied(SPEC, {path: 1})
    assert refusal.value.pointer == f"/{path.replace('.', '/')}"


PARTS: Any = vary(
    optimizer={"values": [{"kind": "sgd"}, {"kind": "adam"}]},
    optimizer__learning_rate=span(0.1, 1),
    epochs={"values": [True, 1]},
    network__layers__0__units=span(1, 9),
)


@pytest.mark.parametrize(
    ("pointer", "written"),
    [
        ("/optimizer/beta1", "/vary/optimizer/values/1/beta1"),
        ("/optimizer", "/vary/optimizer/values/1"),
        ("/optimizer/learning_rate", "/vary/optimizer.learning_rate"),
        ("/epochs", "/vary/epochs/values/1"),
        ("/network", "/vary/network.layers.0.units"),
        ("/network/layers", "/vary/network.layers.0.units"),
        ("", "/spec"),
        ("/epochs_more", "/spec/epochs_more"),
        ("/batch_size", "/spec/batch_size"),
    ],
)
def test_what_is_wrong_is_named_where_it_was_written(pointer: str, written: str) -> None:
    changes = {"optimizer": {"kind": "adam"}, "optimizer.learning_rate": 0.3, "epochs": 1,
               "network.layers.0.units": 3}  # fmt: skip
    assert written_at(pointer, changes, PARTS) == written

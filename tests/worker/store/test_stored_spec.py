from typing import Any

import pytest

from worker.spec import JobSpec
from worker.store.stored_spec import in_todays_words

DATASET = "ds_" + "0" * 32


def stored(**network: Any) -> dict[str, Any]:
    return {"dataset": DATASET, "network": network}


@pytest.mark.parametrize(
    ("before", "today"),
    [
        ({"initializer": "he", "initializer_scale": 3.0}, {"initializer_scale": 1.0}),
        ({"initializer_scale": 3.0}, {"initializer_scale": 1.0}),
        ({"hidden_units": [], "dropout": 0.5}, {"dropout": 0.0}),
    ],
)
def test_what_did_nothing_is_left_out_of_a_stored_spec(
    before: dict[str, Any], today: dict[str, Any]
) -> None:
    found = in_todays_words(stored(**before))
    assert found == stored(**{**before, **today})
    assert JobSpec.model_validate(found) == JobSpec.model_validate(stored(**{**before, **today}))


@pytest.mark.parametrize(
    "network",
    [
        {"initializer": "normal", "initializer_scale": 3.0, "hidden_units": [4], "dropout": 0.5},
        {"dropout": 0.5},
        {"activation": "gelu"},
        {"kind": "convolutional", "hidden_units": [], "dropout": 0.5},
        {},
    ],
)
def test_what_did_something_stays(network: dict[str, Any]) -> None:
    assert in_todays_words(stored(**network)) == stored(**network)
    assert in_todays_words({"dataset": DATASET}) == {"dataset": DATASET}


def test_gelu_was_its_tanh_form_in_the_first_version() -> None:
    assert in_todays_words(stored(activation="gelu"), 1) == stored(activation="gelu_tanh")

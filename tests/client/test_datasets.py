"""Datasets are waited for until they are ready."""

from typing import Any

import pytest

from purrceptron import Failed, Overdue
from tests.client.conftest import Do
from tests.client.scripted import Scripted


def dataset(state: str, **more: Any) -> dict[str, Any]:
    return {"id": "ds_1", "name": "pets", "state": state, **more}


@pytest.mark.parametrize("state", ["ready", "checked"])
def test_a_dataset_is_waited_for(service: Scripted, do: Do, state: str) -> None:
    service.say(dataset("importing"))
    service.say(dataset("importing", progress={"phase": "reading"}))
    service.say(dataset(state, classes=["cat", "dog"]))
    found = do(lambda client: client.datasets.wait("ds_1"))
    assert (found.state, found.classes) == (state, ["cat", "dog"])
    assert service.asked == ["GET /v1/datasets/ds_1"] * 3


def test_a_dataset_that_is_rejected_says_why(service: Scripted, do: Do) -> None:
    service.say(dataset("rejected", problem={"code": "corrupt_file", "detail": "It is cut."}))
    with pytest.raises(Failed, match=r"It is cut\. \(corrupt_file\)"):
        do(lambda client: client.datasets.wait("ds_1"))


def test_a_dataset_in_the_trash_is_not_ready(service: Scripted, do: Do) -> None:
    service.say(dataset("trashed"))
    with pytest.raises(Failed, match=r"ds_1 was trashed\."):
        do(lambda client: client.datasets.wait("ds_1"))


def test_whoever_waits_no_longer_is_told_so(service: Scripted, do: Do) -> None:
    for _ in range(9):
        service.say(dataset("importing"))
    with pytest.raises(Overdue, match=r"still importing after 0\.15 s"):
        do(lambda client: client.datasets.wait("ds_1", timeout_s=0.15))
    assert 2 <= len(service.requests) <= 4

"""Names where ids are taken."""

from collections.abc import Iterator
from typing import Any

import pytest

from purrceptron import NotFound
from service.cli.client import Client
from service.cli.names import dataset_id, job_id, webhook_id
from tests.service.cli.fake_service import FakeService


@pytest.fixture
def client(fake: FakeService) -> Iterator[Client]:
    with Client(fake.url) as client:
        yield client


def datasets(*rows: tuple[str, str, str], after: str | None = None) -> dict[str, Any]:
    data = [dict(zip(("id", "name", "state"), row, strict=True)) for row in rows]
    return {"data": data, "next": after}


def jobs(*rows: tuple[str, str], after: str | None = None) -> dict[str, Any]:
    return {"data": [{"id": job, "spec": {"model": model}} for job, model in rows], "next": after}


def test_a_name_stands_for_its_newest_ready_dataset(client: Client, fake: FakeService) -> None:
    found = (("ds_4", "cats", "rejected"), ("ds_3", "dogs", "ready"), ("ds_2", "cats", "ready"))
    fake.say("GET /v1/datasets", datasets(*found, ("ds_1", "cats", "ready"), after="ds_1"))
    assert dataset_id(client, "cats") == "ds_2"
    assert len(fake.requests) == 1


def test_a_name_is_looked_for_on_every_page(client: Client, fake: FakeService) -> None:
    fake.say("GET /v1/datasets", datasets(("ds_2", "dogs", "ready"), after="ds_2"))
    fake.say("GET /v1/datasets", datasets(("ds_1", "cats", "ready")))
    fake.say("GET /v1/jobs", jobs(("job_3", "dogs"), after="job_3"))
    fake.say("GET /v1/jobs", jobs(("job_2", "cats"), ("job_1", "cats")))
    assert dataset_id(client, "cats") == "ds_1"
    assert job_id(client, "cats") == "job_2"


def test_of_a_name_without_a_ready_dataset_the_newest_is_told(
    client: Client, fake: FakeService
) -> None:
    found = (("ds_2", "cats", "rejected"), ("ds_1", "cats", "importing"))
    fake.say("GET /v1/datasets", datasets(*found))
    with pytest.raises(NotFound, match=r"got cats\. Its newest, ds_2, is rejected"):
        dataset_id(client, "cats")
    assert dataset_id(client, "cats", "importing") == "ds_1"


def test_a_name_that_nothing_has_is_refused(client: Client, fake: FakeService) -> None:
    fake.say("GET /v1/datasets", datasets())
    fake.say("GET /v1/jobs", jobs())
    for look, code in (
        (dataset_id, "dataset_not_found"),
        (job_id, "job_not_found"),
        (webhook_id, "job_not_found"),
    ):
        with pytest.raises(NotFound, match="got cats") as caught:
            look(client, "cats")
        assert caught.value.code == code


def test_an_id_is_not_looked_up(client: Client, fake: FakeService) -> None:
    assert dataset_id(client, "ds_1") == "ds_1"
    assert job_id(client, "job_1") == "job_1"
    assert webhook_id(client, "msg_1") == "msg_1"
    assert fake.requests == []


def test_a_webhook_can_be_named_by_the_model_of_its_job(client: Client, fake: FakeService) -> None:
    fake.say("GET /v1/jobs", jobs(("job_1", "cats")))
    fake.say("GET /v1/webhooks", {"data": [{"id": "msg_1"}], "next": None})
    assert webhook_id(client, "cats") == "msg_1"
    assert fake.requests[-1].target == "/v1/webhooks?job=job_1&limit=1"


def test_a_job_without_a_webhook_is_said_to_have_none(client: Client, fake: FakeService) -> None:
    fake.say("GET /v1/webhooks", {"data": [], "next": None})
    with pytest.raises(NotFound, match="got job_1") as caught:
        webhook_id(client, "job_1")
    assert caught.value.code == "webhook_not_found"

from collections.abc import Iterator
from pathlib import Path

import pytest

from purrceptron import Invalid, ServiceFault, Stranger, Unreachable
from service.cli.asked_model import Asked
from service.cli.client import Client
from tests.service.cli.command import NOWHERE
from tests.service.cli.fake_service import FakeService


@pytest.fixture
def client(fake: FakeService) -> Iterator[Client]:
    with Client(fake.url) as client:
        yield client


def test_a_problem_becomes_an_error_with_its_code_its_sentence_and_its_places(
    client: Client, fake: FakeService
) -> None:
    errors = [
        {"pointer": "/epochs", "detail": "Expected 1 or more."},
        {"parameter": "state", "detail": "No."},
    ]
    problem = {"code": "invalid_parameter", "detail": "Two are wrong.", "errors": errors}
    fake.refuse("POST /v1/jobs", 422, problem)
    with pytest.raises(Invalid) as caught:
        client.submit({})
    assert (caught.value.code, caught.value.detail) == ("invalid_parameter", "Two are wrong.")
    assert caught.value.faults == [("/epochs", "Expected 1 or more."), ("state", "No.")]


@pytest.mark.parametrize("body", [b"<html>Bad gateway</html>", b"[]", b'{"code": 7}', b""])
def test_a_refusal_that_is_no_problem_document_is_told_by_its_status(
    client: Client, fake: FakeService, body: bytes
) -> None:
    fake.say("POST /v1/datasets/ds_1/restore", body, status=502, kind="text/html")
    with pytest.raises(ServiceFault, match="502 Bad Gateway") as caught:
        client.restore_dataset("ds_1")
    assert caught.value.code == "http_502"


@pytest.mark.parametrize("body", [b"<html>Welcome to nginx</html>", b'"hello"', b"[]"])
def test_a_server_that_speaks_otherwise_is_not_the_service(
    client: Client, fake: FakeService, body: bytes
) -> None:
    fake.say("GET /v1/jobs/job_1", body)
    with pytest.raises(Stranger, match="Expected JSON"):
        client.job("job_1")


def test_an_address_where_nothing_answers_is_unreachable() -> None:
    with pytest.raises(Unreachable, match="No answer"), Client(NOWHERE) as client:
        client.job("job_1")


def test_lists_follow_the_cursor_up_to_the_limit(client: Client, fake: FakeService) -> None:
    fake.say("GET /v1/jobs", {"data": [{}] * 100, "next": "c1"})
    fake.say("GET /v1/jobs", {"data": [{}] * 20, "next": "c2"})
    pages = list(client.jobs(120, state="failed"))
    assert [len(page.json["data"]) for page in pages] == [100, 20]
    assert [request.target for request in fake.requests] == [
        "/v1/jobs?state=failed&limit=100",
        "/v1/jobs?state=failed&limit=20&after=c1",
    ]


def test_lists_end_where_the_service_has_no_more(client: Client, fake: FakeService) -> None:
    fake.say("GET /v1/models", {"data": [{}], "next": None})
    assert len(list(client.models(50))) == 1


def test_metrics_are_asked_for_page_by_page(client: Client, fake: FakeService) -> None:
    fake.say("GET /v1/jobs/job_1/metrics", {"data": [{}] * 1_000, "next": "1000"})
    fake.say("GET /v1/jobs/job_1/metrics", {"data": [{}], "next": None})
    assert [len(page.json["data"]) for page in client.metrics("job_1")] == [1_000, 1]
    assert [request.target for request in fake.requests] == [
        "/v1/jobs/job_1/metrics?limit=1000",
        "/v1/jobs/job_1/metrics?limit=1000&after=1000",
    ]


def test_all_metrics_come_piece_by_piece(client: Client, fake: FakeService) -> None:
    table = b"epoch,loss\r\n" + b"1,0.5\r\n" * 100_000
    fake.say("GET /v1/jobs/job_1/metrics", table, kind="text/csv")
    pieces = list(client.metrics_as("text/csv", "job_1"))
    assert b"".join(pieces) == table
    assert len(pieces) > 1


def test_metrics_of_another_kind_than_was_asked_for_are_not_the_service_s(
    client: Client, fake: FakeService
) -> None:
    fake.say("GET /v1/jobs/job_1/metrics", b"<html>Welcome to nginx</html>", kind="text/html")
    with pytest.raises(Stranger, match=r"Expected text/csv "):
        list(client.metrics_as("text/csv", "job_1"))


def test_the_key_is_shown_as_a_bearer_token(fake: FakeService) -> None:
    fake.say("GET /v1/jobs/job_1", {})
    with Client(fake.url, "secret") as client:
        client.job("job_1")
    assert fake.requests[0].headers["Authorization"] == "Bearer secret"


def test_no_key_is_shown_where_none_is_set(client: Client, fake: FakeService) -> None:
    fake.say("GET /v1/jobs/job_1", {})
    client.job("job_1")
    assert "Authorization" not in fake.requests[0].headers


def test_a_proxy_is_not_asked_for_this_machine(
    fake: FakeService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    fake.say("GET /v1/jobs/job_1", {"id": "job_1"})
    with Client(fake.url) as client:
        assert client.job("job_1").json == {"id": "job_1"}


def test_an_id_cannot_lead_to_another_route(client: Client, fake: FakeService) -> None:
    fake.say("GET /v1/jobs/a%2Fb%3Fc", {})
    client.job("a/b?c")
    assert fake.requests[0].target == "/v1/jobs/a%2Fb%3Fc"


def test_pictures_are_asked_about_in_batches_of_64(
    client: Client, fake: FakeService, tmp_path: Path
) -> None:
    pictures = [tmp_path / f"{number}.png" for number in range(65)]
    for picture in pictures:
        picture.write_bytes(picture.name.encode())
    fake.say("POST /v1/models/cats/predict", {"predictions": []})
    assert len(list(client.predict(Asked("cats"), pictures))) == 2
    parts = [request.body.count(b'name="image"') for request in fake.requests]
    assert parts == [64, 1]

"""Requests are sent again where that is safe, and nowhere else."""

from typing import Any

import httpx
import pytest

from purrceptron import Busy, Client, NoRoom, NotFound, ServiceFault, Stranger, Unreachable
from tests.client.conftest import Do
from tests.client.scripted import Scripted, job

LOST = httpx.ReadError("lost")
NOT_MADE = httpx.ConnectError("refused")
BUSY = (503, "queue_unavailable", "0")


def again(client: Any) -> Any:
    """A request that may be made twice."""
    return client.jobs.get("job_1")


def once(client: Any) -> Any:
    """A request that may not."""
    return client.models["cats"].roll_back()


def test_a_request_shows_the_key_and_who_asks(service: Scripted, do: Do) -> None:
    service.say(job("queued"))
    do(again)
    (sent,) = service.requests
    assert sent.headers["Authorization"] == "Bearer a-key"
    assert sent.headers["User-Agent"].startswith("purrceptron/")


def test_what_is_busy_is_asked_again_after_as_long_as_it_says(service: Scripted, do: Do) -> None:
    service.refuse(*BUSY)
    service.refuse(429, "too_busy", "0")
    service.say({"alias": "champion", "version": 1})
    assert do(once).version == 1
    assert len(service.requests) == 3


def test_what_is_busy_for_longer_than_there_is_patience_is_told(service: Scripted, do: Do) -> None:
    service.refuse(503, "queue_unavailable", "6")
    with pytest.raises(Busy) as refused:
        do(again)
    assert refused.value.retry_after_s == 6


@pytest.mark.parametrize("use", [again, once])
def test_a_connection_that_was_not_made_is_made_again(service: Scripted, do: Do, use: Any) -> None:
    service.refuse(*BUSY)
    service.fail(NOT_MADE)
    service.say(job("queued") | {"alias": "champion", "version": 1})
    do(use)
    assert len(service.requests) == 3


def test_an_answer_that_got_lost_is_asked_for_again(service: Scripted, do: Do) -> None:
    service.refuse(*BUSY)
    service.fail(LOST)
    service.stream("{", then=httpx.RemoteProtocolError("cut short"))
    service.say(job("queued"))
    assert do(again).state == "queued"


def test_what_may_have_been_done_is_not_done_twice(service: Scripted, do: Do) -> None:
    service.refuse(*BUSY)
    service.fail(LOST)
    with pytest.raises(Unreachable) as error:
        do(once)
    assert error.value.begun
    assert len(service.requests) == 2


@pytest.mark.parametrize(("use", "requests"), [(again, 2), (once, 1)])
def test_a_proxy_that_lost_the_service_is_asked_again_where_that_is_safe(
    service: Scripted, purr: Client, use: Any, requests: int
) -> None:
    service.answers.append(httpx.Response(502, html="<h1>Bad gateway</h1>"))
    service.say(job("queued"))
    if use is once:
        with pytest.raises(ServiceFault, match="http_502"):
            use(purr)
    else:
        use(purr)
    assert len(service.requests) == requests


@pytest.mark.parametrize(("use", "requests"), [(again, 2), (once, 1)])
def test_what_was_perhaps_accepted_is_sent_again_where_that_is_safe(
    service: Scripted, do: Do, use: Any, requests: int
) -> None:
    service.refuse(503, "acceptance_unknown", "0")
    service.say(job("queued"))
    if use is once:
        with pytest.raises(Busy, match="acceptance_unknown"):
            do(use)
    else:
        do(use)
    assert len(service.requests) == requests


def test_an_address_at_which_nothing_answered_is_left_at_once(service: Scripted, do: Do) -> None:
    service.fail(NOT_MADE)
    with pytest.raises(Unreachable, match=r"purr\.example .*refused"):
        do(again)
    assert len(service.requests) == 1


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [(404, "job_not_found", NotFound), (507, "queue_full", NoRoom), (500, "x", ServiceFault)],
)
def test_what_stays_as_it_is_is_not_asked_again(
    service: Scripted, do: Do, status: int, code: str, kind: type[Exception]
) -> None:
    service.refuse(status, code, "0")
    with pytest.raises(kind):
        do(again)
    assert len(service.requests) == 1


def test_twins_of_a_submission_carry_one_key(service: Scripted, do: Do) -> None:
    service.refuse(*BUSY)
    service.fail(LOST)
    service.say(job("queued"))
    do(lambda client: client.jobs.create("ds_1", model="cats"))
    keys = {sent.headers["Idempotency-Key"] for sent in service.requests}
    assert (len(service.requests), len(keys)) == (3, 1)
    assert {sent.content for sent in service.requests} == {b'{"dataset":"ds_1","model":"cats"}'}


def test_submissions_carry_keys_of_their_own(service: Scripted, purr: Client) -> None:
    service.say(job("queued"))
    service.say(job("queued"))
    purr.jobs.create("ds_1")
    purr.jobs.create("ds_1")
    first, second = (sent.headers["Idempotency-Key"] for sent in service.requests)
    assert first != second


@pytest.mark.parametrize("key", ["", "two words", "kätzchen", "x" * 256, "a\nb"])
def test_a_key_that_the_service_would_refuse_is_not_sent(
    service: Scripted, do: Do, key: str
) -> None:
    with pytest.raises(ValueError, match="idempotency_key of 1 to 255"):
        do(lambda client: client.jobs.create("ds_1", idempotency_key=key))
    assert service.requests == []


def test_parameters_of_the_path_stay(service: Scripted, do: Do) -> None:
    for _ in range(2):
        service.say({})
    do(lambda client: client.request("GET", "/v1/jobs?tag=a%20b&limit=2", query={"after": "x/y"}))
    do(lambda client: client.request("GET", "/v1/jobs?tag=a"))
    (first, second) = service.requests
    assert dict(first.url.params) == {"tag": "a b", "limit": "2", "after": "x/y"}
    assert dict(second.url.params) == {"tag": "a"}


@pytest.mark.parametrize("status", [200, 204])
def test_an_answer_that_says_nothing_is_none(service: Scripted, do: Do, status: int) -> None:
    service.answers.append(httpx.Response(status))
    assert do(lambda client: client.request("DELETE", "/v1/backbones/b")) is None


def test_lists_are_read_page_by_page(service: Scripted, do: Do) -> None:
    service.say({"data": [job("queued"), job("running")], "next": "b"})
    service.say({"data": [job("failed")], "next": None})
    found = do(lambda client: client.jobs.list(tag=["small", "new"]))
    assert [each.state for each in found] == ["queued", "running", "failed"]
    assert service.asked == [
        "GET /v1/jobs?limit=100&tag=small&tag=new",
        "GET /v1/jobs?limit=100&tag=small&tag=new&after=b",
    ]


@pytest.mark.parametrize("body", ["", "<html>", '["a list"]', '{"id": "job_1"}'])
def test_another_service_is_told_from_this_one(service: Scripted, do: Do, body: str) -> None:
    service.answers.append(httpx.Response(200, text=body))
    with pytest.raises(Stranger, match="Is this the address of the service"):
        do(again)

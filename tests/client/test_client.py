"""A client is made for an address, and shows its key to no other."""

import httpx
import pytest

from purrceptron import AsyncClient, Client
from tests.client.scripted import Scripted


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PURR_URL", "http://at.home/")
    monkeypatch.setenv("PURR_API_KEY", "at-home")


@pytest.mark.parametrize(
    ("url", "key", "shown"),
    [
        (None, None, ("http://at.home/v1/limits", "Bearer at-home")),
        (None, "other", ("http://at.home/v1/limits", "Bearer other")),
        ("http://elsewhere", None, ("http://elsewhere/v1/limits", None)),
        ("http://elsewhere/purr/", "x", ("http://elsewhere/purr/v1/limits", "Bearer x")),
    ],
)
def test_the_key_of_the_environment_is_for_its_address(
    service: Scripted, url: str | None, key: str | None, shown: tuple[str, str | None]
) -> None:
    service.say({})
    with httpx.Client(transport=httpx.MockTransport(service)) as http:
        Client(url, key, http=http).request("GET", "/v1/limits")
    (sent,) = service.requests
    assert (str(sent.url), sent.headers.get("Authorization")) == shown


@pytest.mark.parametrize("kind", [Client, AsyncClient])
@pytest.mark.parametrize("url", ["localhost:8000", "ftp://localhost", "http://", "http://a:b:c"])
def test_what_is_no_address_is_refused(kind: type[Client], url: str) -> None:
    with pytest.raises(ValueError, match="Expected an address such as http://127"):
        kind(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://me:secret@elsewhere",
        "http://secret@else:where:8000",
        "http://elsewhere/?key=secret",
        "http://elsewhere#secret",
    ],
)
def test_an_address_with_a_secret_in_it_is_refused_and_not_shown(url: str) -> None:
    with pytest.raises(ValueError, match="with no name, password, query or fragment") as told:
        Client(url)
    assert "secret" not in str(told.value)


@pytest.mark.parametrize("key", ["kätzchen", " secret", "secret ", "sec\nret", "secret\t"])
def test_a_key_that_cannot_be_shown_is_refused(key: str) -> None:
    with pytest.raises(ValueError, match="Expected a key of letters") as told:
        Client("http://elsewhere", key)
    assert key not in str(told.value)


def test_a_key_may_have_blanks_in_it(service: Scripted) -> None:
    service.say({})
    with httpx.Client(transport=httpx.MockTransport(service)) as http:
        Client("http://elsewhere", "a b ~", http=http).request("GET", "/v1/limits")
    assert service.requests[0].headers["Authorization"] == "Bearer a b ~"


def test_an_http_client_of_a_callers_own_stays_open() -> None:
    http = httpx.Client()
    with Client("http://elsewhere", http=http):
        pass
    assert not http.is_closed
    http.close()


def test_a_path_does_not_change_the_host() -> None:
    with Client("http://elsewhere") as client, pytest.raises(ValueError, match="slash"):
        client.request("GET", ".example/v1/limits")


def test_a_request_of_a_callers_own_is_sent_twice_if_that_is_said(service: Scripted) -> None:
    service.refuse(503, "x", "0")
    service.fail(httpx.ReadError("lost"))
    service.say({"said": "yes"})
    with httpx.Client(transport=httpx.MockTransport(service)) as http:
        client = Client("http://elsewhere", http=http)
        assert client.request("POST", "/v1/x", json={"a": 1}, twice=True) == {"said": "yes"}
    assert service.requests[2].content == b'{"a":1}'

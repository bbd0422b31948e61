"""Who has which tools: by the key, by a setting, and from which page."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from service.mcp.tools import READING, TOOLS, WRITING
from service.page.session import COOKIE, begin
from service.settings import ServiceSettings
from tests.problems import expect_problem
from tests.service.mcp.speaking import ERAS, Speaker, at, message, post
from tests.service.server_thread import serving

KEY, READ_KEY = "a key of twenty chars", "a key that may read.."
NOWHERE = ServiceSettings(redis_url="unix:///nowhere.sock")
KEYED = NOWHERE.model_copy(update={"api_key": SecretStr(KEY), "read_key": SecretStr(READ_KEY)})
READS, ALL = [tool.name for tool in READING], [*TOOLS]
LIST = message("tools/list")


@pytest.fixture(scope="module")
def keyed() -> Iterator[str]:
    """The address of a service with two keys; its Redis is away, which tools tell."""
    with serving(KEYED) as (address, _):
        yield address


@pytest.fixture(scope="module")
def http(keyed: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=keyed, trust_env=False) as client:
        yield client


@pytest.mark.parametrize("mode", ["legacy", "auto"])
def test_who_may_write_has_all_tools_and_who_may_read_those_that_read(
    keyed: str, mode: str
) -> None:
    assert [*Speaker(keyed, KEY, mode).tools()] == ALL
    assert [*Speaker(keyed, READ_KEY, mode).tools()] == READS


@pytest.mark.parametrize("tool", WRITING, ids=lambda tool: tool.name)
def test_who_may_read_is_told_why_nothing_is_changed(keyed: str, tool: Any) -> None:
    said = Speaker(keyed, READ_KEY).refused(tool.name)
    assert f"got {tool.name}, and this key may only read" in said


def test_who_may_write_gets_through_to_what_is_away(keyed: str) -> None:
    said = Speaker(keyed, KEY).refused("train", dataset=f"ds_{32 * '0'}", model="cats")
    assert "Redis" in said


def test_who_has_signed_in_on_our_own_page_gets_there_too(http: httpx.Client) -> None:
    own = {
        "cookie": f"{COOKIE}={begin(KEY.encode())}",
        "origin": str(http.base_url).rstrip("/"),
        "mcp-protocol-version": ERAS[0],
    }
    said = post(http, message("tools/call", name="list_jobs", arguments={}), **own)
    assert "queue_unavailable" in said.text


def test_without_a_key_nobody_speaks(http: httpx.Client) -> None:
    expect_problem(post(http, LIST), 401, "unauthenticated")
    expect_problem(post(http, LIST, authorization="Bearer no"), 401, "unauthenticated")


@pytest.mark.parametrize(
    ("writes", "tools"), [(False, READS), (True, ALL)], ids=["unless said", "said"]
)
def test_where_no_key_is_asked_for_tools_only_read_unless_a_setting_says_so(
    writes: bool, tools: list[str]
) -> None:
    with serving(NOWHERE.model_copy(update={"mcp_writes": writes})) as (address, _):
        speaker = Speaker(address)
        assert [*speaker.tools()] == tools
        said = speaker.refused("cancel_job", job_id=f"job_{32 * '0'}")
    assert ("PURR_MCP_WRITES=true" in said) is not writes
    assert ("Redis" in said) is writes


# Web pages


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.test"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"host": "evil.test", "origin": "http://evil.test"},
    ],
)
def test_a_page_from_elsewhere_gets_nothing_even_where_no_key_is_asked_for(
    headers: dict[str, str],
) -> None:
    open_to_all = NOWHERE.model_copy(update={"mcp_writes": True})
    with serving(open_to_all) as (address, server), httpx.Client(base_url=address) as client:
        answer = post(client, LIST, **headers)
        application: Any = server.config.app
        assert application.state.mcp.under_way == 0
    misled = "host" in headers
    code = "misdirected_host" if misled else "cross_origin"
    expect_problem(answer, 421 if misled else 403, code)


def test_a_page_that_is_welcome_may_ask_with_the_headers_of_the_protocol() -> None:
    welcome = KEYED.model_copy(update={"allowed_origins": ("https://cats.test",)})
    asked = {
        "origin": "https://cats.test",
        "access-control-request-method": "POST",
        "access-control-request-headers": "authorization,mcp-method,mcp-name,mcp-protocol-version",
    }
    with serving(welcome) as (address, _), httpx.Client(base_url=address) as client:
        assert client.options("/mcp", headers=asked).status_code == 200


@pytest.mark.parametrize("version", ERAS)
def test_what_a_page_may_send_without_asking_is_no_message(
    http: httpx.Client, version: str
) -> None:
    told = {"authorization": f"Bearer {KEY}", "mcp-protocol-version": version}
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
        answer = http.post("/mcp", content=b"{}", headers={**told, "content-type": kind})
        expect_problem(answer, 415, "unsupported_media_type")


# What models are told of the tools


def test_a_tool_says_whether_it_changes_anything(keyed: str) -> None:
    shown = Speaker(keyed, KEY).tools()
    for name, tool in shown.items():
        hints = tool.annotations
        assert hints is not None
        assert hints.read_only_hint is (name in READS)
        assert hints.open_world_hint is False
    destroying = {n for n, t in shown.items() if t.annotations and t.annotations.destructive_hint}
    assert destroying == {"cancel_job", "stop_job", "promote", "roll_back"}


def test_a_tool_has_words_and_a_schema_that_is_whole(keyed: str) -> None:
    for name, tool in Speaker(keyed, KEY).tools().items():
        assert tool.description, name
        assert tool.description.endswith((".", "`wait`."))
        schema = tool.input_schema
        assert schema["type"] == "object"
        assert {*schema["required"]} <= schema["properties"].keys()
        assert "$ref" not in str(schema)


def test_the_server_says_what_it_is_for(http: httpx.Client) -> None:
    speaker = at(http, KEY, "legacy")

    async def said(client: Any) -> str:
        return str(client.session.initialize_result.instructions)

    assert "never instructions" in " ".join(speaker.speak(said).split())

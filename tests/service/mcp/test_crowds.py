"""Clients that leave, and too many of them: what they began ends, and others are told."""

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import redis

from service.launcher.valkey import Valkey
from service.settings import ServiceSettings
from tests.conftest import Eventually
from tests.problems import expect_problem
from tests.service.mcp.speaking import at, message, post
from tests.service.server_thread import serving
from tests.service.wait import wait_until
from worker.jobs.fill_mark import FILLED

AT_A_TIME = 2


@pytest.fixture
def served(valkey: Valkey, client: redis.Redis, root: Path) -> Iterator[tuple[httpx.Client, Any]]:
    settings = ServiceSettings(
        redis_url=valkey.url, data_dir=root, min_free_bytes=0, max_mcp_calls=AT_A_TIME
    )
    with serving(settings) as (address, server), httpx.Client(base_url=address) as http:
        wait_until(lambda: client.exists(FILLED))
        application: Any = server.config.app
        yield http, application.state


def waiting_for(job: str) -> bytes:
    called = message("tools/call", name="show_job", arguments={"job_id": job, "wait": 60})
    body = json.dumps(called).encode()
    head = (
        "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        f"Accept: application/json, text/event-stream\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def test_what_clients_wait_for_ends_when_they_leave_and_others_are_told_that_it_is_full(
    served: tuple[httpx.Client, Any], known: str, eventually: Eventually
) -> None:
    http, endpoint = served[0], served[1].mcp
    job = http.post("/v1/jobs", json={"dataset": known, "model": "cats"}).json()["id"]
    assert "list_jobs" in at(http).tools()
    url = http.base_url
    waiting = [socket.create_connection((url.host, url.port)) for _ in range(AT_A_TIME)]
    for each in waiting:
        each.sendall(waiting_for(job))
    eventually(lambda: endpoint.under_way == AT_A_TIME)
    refused = post(http, message("tools/list"))
    expect_problem(refused, 429, "too_busy")
    assert refused.headers["retry-after"] == "5"
    for each in waiting:
        each.close()
    eventually(lambda: endpoint.under_way == 0)
    assert "list_jobs" in at(http).tools()


def test_a_message_counts_among_the_bodies_that_are_held_until_it_is_answered(
    served: tuple[httpx.Client, Any], eventually: Eventually
) -> None:
    http, state = served
    url, held = http.base_url, state.app_state.bodies
    whole = waiting_for("x" * 9_000)
    with socket.create_connection((url.host, url.port)) as slow:
        slow.sendall(whole[:-1_000])
        eventually(lambda: 8_000 < held.bytes < 9_000)
        slow.sendall(whole[-1_000:])
        eventually(lambda: not held.bytes)

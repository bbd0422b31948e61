"""How often a key may ask: one bucket for all processes, and what answers say of it."""

import asyncio
import re
from typing import Any

import httpx
import pytest
import redis

from service.launcher.valkey import Valkey
from tests.problems import expect_problem
from tests.service.access.conftest import FIRST_KEY, Make, shows
from worker.errors import QueueUnavailable
from worker.jobs.key_lookups import KeyLookups, Taken

KEY_ID = f"key_{32 * '3'}"


def test_a_key_that_may_ask_so_often_is_told_how_often_and_then_refused(
    http: httpx.Client, make: Make
) -> None:
    made = make("read", per_minute=3)
    assert made["per_minute"] == 3
    for left in (2, 1, 0):
        answer = http.get("/v1/limits", headers=shows(made["key"]))
        assert answer.status_code == 200
        assert answer.headers["ratelimit-policy"] == '"requests";q=3;w=60'
        assert re.fullmatch(rf'"requests";r={left};t=\d+', answer.headers["ratelimit"])
    refused = http.get("/v1/limits", headers=shows(made["key"]))
    expect_problem(refused, 429, "rate_limited")
    assert 1 <= int(refused.headers["retry-after"]) <= 20
    assert refused.headers["ratelimit"].startswith('"requests";r=0;t=')
    other = http.get("/v1/limits", headers=shows(make("read")["key"]))
    assert other.status_code == 200
    assert "ratelimit" not in other.headers
    assert http.get("/v1/limits", headers=shows(FIRST_KEY)).status_code == 200
    assert http.get("/livez", headers=shows(made["key"])).status_code == 200  # of nobody


def test_what_a_tool_asks_is_counted(http: httpx.Client, make: Make, client: redis.Redis) -> None:
    key = make("read", per_minute=5)
    call = {"name": "list_recipes", "arguments": {}}
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call}
    kinds = {"accept": "application/json, text/event-stream", "mcp-protocol-version": "2025-06-18"}
    answer = http.post("/mcp", json=body, headers={**shows(key["key"]), **kinds})
    assert answer.status_code == 200, answer.text
    tokens: Any = client.hget(f"purr:key:{key['id']}:rate", "tokens")
    assert 3 <= float(tokens) < 4  # the message, and the request that it made


def taken(valkey: Valkey, times: int, per_minute: int) -> list[Taken]:
    """As by one process after the other."""

    async def take() -> list[Taken]:
        found = []
        for _ in range(times):
            lookups = KeyLookups(valkey.url)
            found.append(await lookups.take(KEY_ID, per_minute))
            await lookups.close()
        return found

    return asyncio.run(take())


def test_a_bucket_fills_evenly_and_no_further(valkey: Valkey, client: redis.Redis) -> None:
    bucket = f"purr:key:{KEY_ID}:rate"
    first, second, third = taken(valkey, 3, per_minute=2)
    assert (first.allowed, second.allowed, third.allowed) == (True, True, False)
    assert 0 < third.next_ms <= 30_000 < third.full_ms <= 60_000
    before: Any = client.hget(bucket, "at")
    client.hset(bucket, "at", int(before) - 30_000)  # half a minute passes
    assert [one.allowed for one in taken(valkey, 2, per_minute=2)] == [True, False]
    client.hset(bucket, "at", int(before) - 10**9)
    assert [one.allowed for one in taken(valkey, 3, per_minute=2)] == [True, True, False]
    assert 0 < int(client.pttl(bucket)) <= 60_000


def test_a_clock_that_is_set_back_takes_nothing_away(valkey: Valkey, client: redis.Redis) -> None:
    bucket = f"purr:key:{KEY_ID}:rate"
    (first,) = taken(valkey, 1, per_minute=10)
    before: Any = client.hget(bucket, "at")
    client.hset(bucket, "at", int(before) + 10**7)
    (second,) = taken(valkey, 1, per_minute=10)
    assert (first.left, second.left) == (9, 8)


def test_many_at_a_time_get_no_more_than_there_are(valkey: Valkey, client: redis.Redis) -> None:
    async def take() -> list[Taken]:
        lookups = [KeyLookups(valkey.url) for _ in range(4)]
        try:
            asking = [one.take(KEY_ID, 20) for one in lookups for _ in range(20)]
            return await asyncio.gather(*asking)
        finally:
            for one in lookups:
                await one.close()

    assert not client.exists(f"purr:key:{KEY_ID}:rate")
    allowed = sum(one.allowed for one in asyncio.run(take()))
    assert 20 <= allowed <= 21  # one more grows in three seconds


def test_a_redis_that_is_away_lets_nobody_through() -> None:
    async def take() -> None:
        lookups = KeyLookups("unix:///nowhere.sock")
        with pytest.raises(QueueUnavailable):
            await lookups.take(KEY_ID, 20)
        await lookups.close()

    asyncio.run(take())

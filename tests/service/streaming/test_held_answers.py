"""`?wait=`: held until the state changes, at no cost to Redis."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

import httpx
import pytest
import redis

from tests.problems import expect_problem
from worker.jobs.record import State
from worker.jobs.transitions import Transitions

CALLERS = 60


@contextmanager
def waiting(
    http: httpx.Client, job: str, callers: int = 1
) -> Iterator[list[Future[httpx.Response]]]:
    """So many callers that wait, each on a connection of its own."""

    def ask() -> httpx.Response:
        # Certificates would be read for each: a tenth of a second.
        with httpx.Client(base_url=http.base_url, timeout=60, verify=False) as one:
            return one.get(f"/v1/jobs/{job}?wait=40")

    with ThreadPoolExecutor(callers) as pool:
        asked = [pool.submit(ask) for _ in range(callers)]
        time.sleep(1)  # until all of them wait; nothing tells
        yield asked


def calls(client: redis.Redis) -> dict[str, int]:
    found = client.info("commandstats")
    return {name.removeprefix("cmdstat_"): stats["calls"] for name, stats in found.items()}


def calls_once_all_wait(client: redis.Redis) -> dict[str, int]:
    """Returns the calls so far, once a second has gone by in which no caller has come."""
    found = calls(client)
    while True:
        time.sleep(1)
        before, found = found, calls(client)
        if found["hgetall"] == before["hgetall"]:
            return found


def test_it_is_answered_when_the_state_changes(
    http: httpx.Client, jobs: Transitions, job: str
) -> None:
    with waiting(http, job) as (asked,):
        assert not asked.done()
        jobs.claim(job, "w", 60)
        assert asked.result(20).json()["state"] == "running"


def test_what_is_no_change_of_state_is_waited_over(
    http: httpx.Client, jobs: Transitions, job: str
) -> None:
    mine = jobs.claim(job, "w", 60)
    with waiting(http, job) as (asked,):
        jobs.renew(mine, 60, {}, [{"event": "metrics", "data": {"rows": []}}])
        jobs.stop(job)
        time.sleep(0.5)
        assert not asked.done()
        jobs.finish(mine, State.FAILED, {"problem": {"code": "diverged", "detail": "x"}})
        assert asked.result(20).json()["state"] == "failed"


def test_an_end_is_answered_at_once_and_so_is_what_is_not_there(
    http: httpx.Client, job: str
) -> None:
    http.post(f"/v1/jobs/{job}/cancel")
    began = time.monotonic()
    assert http.get(f"/v1/jobs/{job}?wait=40").json()["state"] == "cancelled"
    expect_problem(http.get(f"/v1/jobs/job_{'0' * 32}?wait=40"), 404, "job_not_found")
    assert time.monotonic() - began < 20


def test_the_seconds_pass_and_the_answer_is_as_it_stands(http: httpx.Client, job: str) -> None:
    answer = http.get(f"/v1/jobs/{job}?wait=0.3")
    assert answer.json()["state"] == "queued"
    known = {"If-None-Match": answer.headers["etag"]}
    assert http.get(f"/v1/jobs/{job}?wait=0.3", headers=known).status_code == 304


def test_who_waits_costs_redis_nothing_and_all_are_told_by_one_look(
    http: httpx.Client, client: redis.Redis, jobs: Transitions, job: str
) -> None:
    with waiting(http, job, CALLERS) as asked:
        before = calls_once_all_wait(client)
        time.sleep(1)
        quiet = calls(client)
        assert quiet["hgetall"] - before["hgetall"] < CALLERS  # the sweep looks too
        assert quiet["xread"] - before["xread"] < 20
        jobs.claim(job, "w", 60)
        assert {one.result(20).json()["state"] for one in asked} == {"running"}
        assert calls(client)["hgetall"] - quiet["hgetall"] < 10


def test_who_leaves_is_forgotten(http: httpx.Client, client: redis.Redis, job: str) -> None:
    def leave() -> None:
        with pytest.raises(httpx.ReadTimeout):
            httpx.get(http.base_url.join(f"/v1/jobs/{job}?wait=40"), timeout=0.5)

    leaving = [threading.Thread(target=leave) for _ in range(5)]
    for thread in leaving:
        thread.start()
    for thread in leaving:
        thread.join()
    deadline, quiet = time.monotonic() + 20, False
    while not quiet:
        before = calls(client)
        time.sleep(0.5)
        quiet = calls(client).get("xread") == before.get("xread")
        assert time.monotonic() < deadline

"""Every event once and in order, whoever leaves, comes back, is slow, stops or starts again."""

import asyncio
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

import httpx
import pytest
import redis

from service.launcher.valkey import Valkey
from service.server.listener import listen
from service.settings import ServiceSettings, environment
from tests.service.server_thread import serving
from tests.service.streaming.event_reader import ReceivedEvent, events_in, follow, following
from tests.service.wait import wait_until
from tests.service.working_job import WorkingJob
from worker.jobs.record import State
from worker.jobs.redis_connection import connect
from worker.jobs.transitions import Transitions, open_records

EPOCHS = 300
LISTENERS = 200


def story(epochs: int = EPOCHS) -> list[object]:
    return ["queued", "running", *range(1, epochs + 1), "succeeded", "done"]


@pytest.fixture
def settings(valkey: Valkey, tmp_path: Path) -> ServiceSettings:
    return ServiceSettings(redis_url=valkey.url, data_dir=tmp_path, min_free_bytes=0)


@pytest.fixture
def records(client: redis.Redis) -> Transitions:
    return open_records(client)["job"]


@contextmanager
def told(
    job: WorkingJob, seconds: float, epochs: int = EPOCHS, padding: str = ""
) -> Iterator[None]:
    """The job goes on while the block is at work, for about this long, and ends."""

    def tell() -> None:
        rng, epoch = random.Random(1), 0
        while epoch < epochs:
            batch = range(epoch + 1, min(epoch + rng.randint(1, 9), epochs) + 1)
            job.tell(*({"epoch": epoch, "padding": padding} for epoch in batch))
            time.sleep(seconds * len(batch) / epochs)
            epoch = batch[-1]
        job.finish()

    telling = threading.Thread(target=tell)
    telling.start()
    try:
        yield
    finally:
        telling.join()


def brief(received: list[ReceivedEvent]) -> list[object]:
    """What of each event tells it from the others."""
    names = [data.get("epoch", data.get("state")) for _, data, _ in received]
    return ["done" if received[i].event == "done" else name for i, name in enumerate(names)]


async def whole(address: str, job_id: str, rng: random.Random, cuts: int) -> list[ReceivedEvent]:
    """All that a client hears that is cut off so many times, anywhere, and comes back each time."""
    got: list[ReceivedEvent] = []
    lengths = [rng.choice([1, 2, rng.randint(0, EPOCHS)]) for _ in range(cuts)]
    while not got or got[-1].event != "done":
        last = got[-1].id if got else None
        async with following(address, job_id, last) as stream:
            async for received in upto(stream, lengths.pop() if lengths else None):
                if received.event != "reset":
                    got.append(received)
    return got


async def upto(
    stream: AsyncIterator[ReceivedEvent], count: int | None
) -> AsyncIterator[ReceivedEvent]:
    if count == 0:
        return
    async for received in stream:
        yield received
        count = None if count is None else count - 1
        if count == 0:
            return


@pytest.mark.parametrize("seed", range(5))
def test_cut_anywhere_a_client_misses_nothing_and_hears_nothing_twice(
    settings: ServiceSettings, records: Transitions, seed: int
) -> None:
    job = WorkingJob(records)
    with serving(settings) as (address, _), told(job, 0.5):
        received = asyncio.run(whole(address, job.id, random.Random(seed), cuts=20))
    assert brief(received) == story()


def test_two_hundred_clients_that_come_and_go_hear_every_event_once_and_in_order(
    settings: ServiceSettings, records: Transitions
) -> None:
    job, epochs = WorkingJob(records), 150

    async def all_of_them(address: str) -> list[list[ReceivedEvent]]:
        clients = [whole(address, job.id, random.Random(n), n % 4) for n in range(LISTENERS)]
        return await asyncio.gather(*clients)

    with serving(settings) as (address, _), told(job, 2, epochs):
        received = asyncio.run(all_of_them(address))
    assert [n for n in range(LISTENERS) if brief(received[n]) != story(epochs)] == []


def test_a_client_that_is_too_slow_is_sent_away_and_catches_up_when_it_comes_back(
    settings: ServiceSettings, records: Transitions
) -> None:
    job, epochs = WorkingJob(records), 500  # some 70 of them fit into the buffers of the system
    with serving(settings) as (address, _), httpx.Client(base_url=address, timeout=10) as http:
        slow = stalled(http, job.id)
        with told(job, 1, epochs, padding="x" * 2**16):
            quick = list(follow(http, job.id))
        got = list(events_in(slow))
        assert [received.event for received in got[-2:]] == ["progress", "reset"]
        assert got[-1] == ReceivedEvent("reset", {"after": got[-2].id}, None)
        rest = list(follow(http, job.id, got[-2].id))
    assert brief(quick) == story(epochs)
    assert brief(got[:-1] + rest) == story(epochs)


def stalled(http: httpx.Client, job_id: str) -> Iterator[str]:
    """The lines of a stream that is opened now, but not read before the first is asked for."""
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2**12)
    client.settimeout(20)
    client.connect((http.base_url.host, http.base_url.port))
    host = f"{http.base_url.host}:{http.base_url.port}"
    # HTTP/1.0: the body comes as it is, and ends with the connection.
    client.sendall(f"GET /v1/jobs/{job_id}/events HTTP/1.0\r\nhost: {host}\r\n\r\n".encode())
    client.recv(1, socket.MSG_PEEK)

    def lines() -> Iterator[str]:
        with client, client.makefile("r", encoding="utf-8", newline="\n") as text:
            yield from (line.rstrip("\n") for line in text if not line.endswith("\r\n"))

    return lines()


def test_streams_go_on_when_redis_has_been_away(
    folder: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    valkey = Valkey(folder / "redis", folder / "valkey.log")
    valkey.start()
    settings = ServiceSettings(redis_url=valkey.url, data_dir=tmp_path, min_free_bytes=0)
    with serving(settings) as (address, _), httpx.Client(base_url=address, timeout=20) as http:
        job = WorkingJob(open_records(connect(valkey.url))["job"])
        early = follow(http, job.id)
        got = list(islice(early, 2))
        job.tell({"epoch": 1})
        valkey.stop()
        time.sleep(0.5)
        refused = http.get(f"/v1/jobs/{job.id}/events")
        valkey.start()
        job.tell({"epoch": 2})
        got += islice(early, 2)
        job.finish()
        got += early
        late = list(follow(http, job.id))
    valkey.stop()
    assert refused.status_code == 503
    assert brief(got) == ["queued", "running", 1, 2, "succeeded", "done"]
    assert late == got
    assert caplog.text.count("no events are read") == 1


@contextmanager
def service(settings: ServiceSettings) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """The API as a process of its own, as the launcher starts it."""
    with listen("127.0.0.1", 0) as listener:
        command = [sys.executable, "-m", "service", "--fd", str(listener.fileno())]
        variables = {**os.environ, **environment(settings, ServiceSettings)}
        process = subprocess.Popen(command, env=variables, pass_fds=[listener.fileno()])
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    try:
        wait_until(lambda: httpx.get(f"{address}/livez", timeout=30).status_code == 200)
        yield address, process
    finally:
        process.kill()
        process.wait()


def test_all_streams_end_within_a_second_of_sigterm(
    settings: ServiceSettings, records: Transitions
) -> None:
    job = WorkingJob(records)

    async def ends(address: str, process: subprocess.Popen[bytes]) -> list[list[ReceivedEvent]]:
        opened = asyncio.Barrier(21)

        async def listen() -> list[ReceivedEvent]:
            async with following(address, job.id) as stream:
                got = [await anext(stream), await anext(stream)]
                await opened.wait()
                return got + [received async for received in stream]

        listening = [asyncio.create_task(listen()) for _ in range(20)]
        await opened.wait()
        process.send_signal(signal.SIGTERM)
        began = time.monotonic()
        received = await asyncio.gather(*listening)
        assert time.monotonic() - began < 1
        return list(received)

    with service(settings) as (address, process):
        received = asyncio.run(ends(address, process))
        process.wait(timeout=3)
    for *before, reset in received:
        assert brief(before) == ["queued", "running"]
        assert reset == ReceivedEvent("reset", {"after": before[-1].id}, None)


def test_what_comes_with_the_final_state_is_told_too(
    settings: ServiceSettings, records: Transitions
) -> None:
    job = WorkingJob(records)
    with serving(settings) as (address, _), httpx.Client(base_url=address, timeout=10) as http:
        received = follow(http, job.id)
        next(received)
        job.finish({"code": "one"}, {"code": "two"}, state=State.FAILED)
        assert [event for event, _, _ in received] == [
            "state",
            "finding",
            "finding",
            "state",
            "done",
        ]

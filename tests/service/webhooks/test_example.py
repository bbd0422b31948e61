"""The receiver that docs/webhooks.md shows does what the page says."""

import os
import re
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path

import httpx
import pytest
import redis

from tests.service.wait import wait_until
from tests.service.webhooks.sender_bench import SECRET, SenderBench

PAGE = Path(__file__).parents[3] / "docs" / "webhooks.md"
Receive = Callable[[str], "Program"]


class Program:
    """The page's receiver as a process; `told` ends it and gives what it has printed."""

    def __init__(self, secret: str) -> None:
        program = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(), re.M | re.S)[0]
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.process = subprocess.Popen(
            [sys.executable, "-c", program],
            env={**os.environ, "PURR_WEBHOOK_SECRET": secret, "PORT": str(self.port)},
            stdout=subprocess.PIPE,
            text=True,
        )
        wait_until(self.listens)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    def listens(self) -> bool:
        with suppress(OSError), closing(socket.create_connection(("127.0.0.1", self.port))):
            return True
        return False

    def told(self) -> list[str]:
        # It serves one request after the other, so those before this one are done with.
        httpx.get(self.url, trust_env=False)
        return self.end()

    def end(self) -> list[str]:
        self.process.kill()
        with self.process as ended:
            return ended.stdout.read().splitlines() if ended.stdout else []


@pytest.fixture
def receive() -> Iterator[Receive]:
    programs = []

    def start(secret: str) -> Program:
        programs.append(Program(secret))
        return programs[-1]

    yield start
    for program in programs:
        if program.process.returncode is None:
            program.end()


def sender_to(client: redis.Redis, program: Program) -> SenderBench:
    bench = SenderBench(client, f"http://127.0.0.1:{program.port}")
    bench.hosts["127.0.0.1"] = ["127.0.0.1"]
    return bench


def test_it_believes_a_message_and_heeds_it_once(client: redis.Redis, receive: Receive) -> None:
    program = receive(SECRET)
    bench = sender_to(client, program)
    delivery = bench.send(program.url)
    assert delivery.state == "delivered"
    assert bench.send_again(bench.outbox.replay(delivery.id).id).state == "delivered"
    assert program.told() == [f"{delivery.job} succeeded"]


def test_it_believes_nobody_else(client: redis.Redis, receive: Receive) -> None:
    program = receive("whsec_" + "A" * 32)
    delivery = sender_to(client, program).send(program.url)
    assert (delivery.state, delivery.last_status) == ("pending", 401)
    assert httpx.post(program.url, content=b"{}", trust_env=False).status_code == 401
    assert program.told() == []


def test_it_takes_either_of_two_secrets(client: redis.Redis, receive: Receive) -> None:
    program = receive(SECRET)
    bench = SenderBench(
        client, f"http://127.0.0.1:{program.port}", secret=f"whsec_{'A' * 32} {SECRET}"
    )
    bench.hosts["127.0.0.1"] = ["127.0.0.1"]
    assert bench.send(program.url).state == "delivered"

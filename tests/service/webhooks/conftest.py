"""What tests of webhooks may ask for."""

from collections.abc import Iterator

import pytest
import redis

from tests.service.webhooks.fake_receiver import FakeReceiver, receiving
from tests.service.webhooks.sender_bench import SenderBench


@pytest.fixture
def receiver() -> Iterator[FakeReceiver]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def bench(client: redis.Redis, receiver: FakeReceiver) -> SenderBench:
    """Knows `cats.example`, which is this machine and may be called without TLS."""
    bench = SenderBench(client, f"http://cats.example:{receiver.port}")
    bench.hosts["cats.example"] = ["127.0.0.1"]
    return bench


@pytest.fixture
def url(receiver: FakeReceiver) -> str:
    return f"http://cats.example:{receiver.port}/hook?key=1"

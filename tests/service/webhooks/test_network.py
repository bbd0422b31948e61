"""Nothing reaches a place where webhooks may not go, and TLS is held against the name."""

import shutil
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from tests.service.webhooks.fake_receiver import FakeReceiver, receiving
from tests.service.webhooks.sender_bench import SenderBench


@pytest.fixture
def receiver() -> Iterator[FakeReceiver]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def url(receiver: FakeReceiver) -> str:
    return f"http://cats.example:{receiver.port}/hook?key=1"


# Where nothing may go


def test_nothing_is_sent_to_a_host_that_is_allowed_no_more(
    client: redis.Redis, receiver: FakeReceiver, url: str
) -> None:
    delivery = SenderBench(client, "https://other.example").send(url)
    assert delivery.state == "failed"
    assert "PURR_WEBHOOK_HOSTS" in (delivery.last_error or "")
    assert receiver.connections == 0


@pytest.mark.parametrize(
    "addresses",
    [["127.0.0.1"], ["93.184.216.34", "127.0.0.1"], ["::ffff:127.0.0.1"], ["169.254.169.254"],
     ["0.0.0.0"], ["::"], ["64:ff9b::7f00:1"], ["100.100.100.200"], ["fd00::1"]],
)  # fmt: skip
def test_a_name_that_leads_inside_fails_without_a_connection(
    client: redis.Redis, receiver: FakeReceiver, url: str, addresses: list[str]
) -> None:
    bench = SenderBench(client, f"http://*.example:{receiver.port}", private=False)
    bench.hosts["cats.example"] = addresses
    delivery = bench.send(url)
    assert (delivery.state, delivery.attempts) == ("failed", 1)
    assert "PURR_WEBHOOK_PRIVATE" in (delivery.last_error or "")
    assert not any(address in (delivery.last_error or "") for address in addresses)
    assert receiver.connections == 0


@pytest.mark.parametrize(
    "host",
    ["127.1", "0x7f000001", "017700000001", "2130706433", "[::ffff:127.0.0.1]", "[::]", "0.0.0.0",
     "localhost.", "a@127.0.0.1", "127.0.0.1"],
)  # fmt: skip
def test_no_url_in_the_outbox_leads_inside(
    client: redis.Redis, receiver: FakeReceiver, host: str
) -> None:
    bench = SenderBench(client, f"http://127.0.0.1:{receiver.port}", private=False)
    assert bench.send(f"http://{host}:{receiver.port}/").state == "failed"
    assert receiver.connections == len(bench.resolved) == 0


def test_a_name_is_looked_up_once_for_each_try(
    client: redis.Redis, receiver: FakeReceiver, url: str
) -> None:
    bench = SenderBench(client, f"http://cats.example:{receiver.port}")
    bench.hosts["cats.example"] = ["127.0.0.1"]
    bench.send(url)
    assert bench.resolved == ["cats.example"]


# TLS


@pytest.fixture
def certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """What a server shows that is cats.example; its issuer is trusted by way of the environment."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("needs openssl to make a certificate")
    key, cert = tmp_path / "key.pem", tmp_path / "cert.pem"
    command = f"req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=x \
      -addext subjectAltName=DNS:cats.example -keyout {key} -out {cert}"
    subprocess.run([openssl, *command.split()], check=True, capture_output=True, timeout=60)
    monkeypatch.setenv("SSL_CERT_FILE", str(cert))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    return context


def test_the_certificate_is_held_against_the_name(
    client: redis.Redis, certificate: ssl.SSLContext
) -> None:
    with receiving(tls=certificate) as receiver:
        bench = SenderBench(client, f"*.example:{receiver.port}", f"cats.example:{receiver.port}")
        bench.hosts = {"cats.example": ["127.0.0.1"], "dogs.example": ["127.0.0.1"]}
        assert bench.send(f"https://cats.example:{receiver.port}/").state == "delivered"
        foreign = bench.send(f"https://dogs.example:{receiver.port}/")
        assert receiver.names == ["cats.example", "dogs.example"]
        assert len(receiver.requests) == 1
    assert foreign.state == "pending"
    assert "certificate is not accepted" in (foreign.last_error or "")


def test_a_certificate_of_an_unknown_issuer_is_refused(
    client: redis.Redis, certificate: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    with receiving(tls=certificate) as receiver:
        bench = SenderBench(client, f"cats.example:{receiver.port}")
        bench.hosts["cats.example"] = ["127.0.0.1"]
        delivery = bench.send(f"https://cats.example:{receiver.port}/")
        assert receiver.requests == []
    assert "certificate is not accepted" in (delivery.last_error or "")

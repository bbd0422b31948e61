"""How often Redis is asked before its silence counts."""

import socket
import threading
from collections.abc import Iterator

import pytest
import redis

from worker.errors import QueueUnavailable
from worker.jobs import redis_connection
from worker.jobs.redis_connection import connect, redis_named


class Server:
    """Listens, and says nothing, or hangs up before it has read a word."""

    def __init__(self, *, hangs_up: bool) -> None:
        self.callers, self._hangs_up = 0, hangs_up
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._held: list[socket.socket] = []
        self.url = f"redis://127.0.0.1:{self._socket.getsockname()[1]}"
        threading.Thread(target=self._answer, daemon=True).start()

    def _answer(self) -> None:
        while True:
            try:
                caller, _ = self._socket.accept()
            except OSError:  # it was closed
                return
            self.callers += 1
            if self._hangs_up:
                caller.close()
            else:
                self._held.append(caller)

    def close(self) -> None:
        for one in (self._socket, *self._held):
            one.close()


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redis_connection, "TIMEOUT_S", 0.1)


@pytest.fixture
def silent() -> Iterator[Server]:
    server = Server(hangs_up=False)
    yield server
    server.close()


@pytest.fixture
def rude() -> Iterator[Server]:
    server = Server(hangs_up=True)
    yield server
    server.close()


def ping(client: redis.Redis) -> None:
    with pytest.raises(QueueUnavailable), redis_named():
        client.ping()


def test_who_is_waited_for_asks_a_silent_server_once(silent: Server) -> None:
    ping(connect(silent.url))
    assert silent.callers == 1


def test_a_connection_that_was_lost_is_made_again_once(rude: Server) -> None:
    ping(connect(rude.url))
    assert rude.callers == 2


def test_who_can_wait_asks_again_and_again(silent: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redis_connection, "PATIENT_RETRIES", 4)
    ping(connect(silent.url, patient=True))
    assert silent.callers == 5

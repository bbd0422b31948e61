"""The HTTP service alone, on a real socket, in a thread of this process; no workers behind it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from service import app
from service.server.listener import listen
from service.server.server import Server
from service.settings import ServiceSettings
from service.state import AppState
from tests.service.wait import wait_until
from worker.data.pictures.pool import DecoderPool


@contextmanager
def serving(
    settings: ServiceSettings, *, decoders_ready: bool = False
) -> Iterator[tuple[str, Server]]:
    """The address of the service as `serve` runs it, and its server.

    Args:
        decoders_ready: whether decoders start with the service, as for users, and not with the
            first picture.
    """
    server = app.server(settings)
    if not decoders_ready:
        start_decoders_late(server)
    with listen("127.0.0.1", 0) as listener:
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        wait_until(lambda: server.started)
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}", server
        finally:
            server.should_exit = True
            thread.join()


def start_decoders_late(server: Server) -> None:
    """Start decoders with the first picture: the service waits for them when it stops, and to
    start them takes most of a second of a core, for nothing in a test without pictures."""
    application: Any = server.config.app
    state: AppState = application.state.app_state
    state.decoders = DecoderPool(state.settings, state.decoders.observe)


@contextmanager
def serving_app(
    settings: ServiceSettings, *, decoders_ready: bool = False
) -> Iterator[httpx.Client]:
    """A client of the service."""
    # Certificates would be read for each: a tenth of a second.
    with (
        serving(settings, decoders_ready=decoders_ready) as (address, _),
        httpx.Client(base_url=address, timeout=30, trust_env=False, verify=False) as client,
    ):
        yield client

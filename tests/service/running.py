"""The HTTP service alone, on a real socket, with no workers behind it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from service import app
from service.server.listener import listen
from service.settings import ServiceSettings
from tests.service.launcher.processes import wait_until


@contextmanager
def serving_app(settings: ServiceSettings) -> Iterator[httpx.Client]:
    """A client of the service, which runs in a thread of this process."""
    server = app.server(settings)
    with listen("127.0.0.1", 0) as listener:
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        wait_until(lambda: server.started)
        base_url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        # Certificates would be read for each: a tenth of a second.
        with httpx.Client(base_url=base_url, timeout=30, trust_env=False, verify=False) as client:
            yield client
        server.should_exit = True
        thread.join()

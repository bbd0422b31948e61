"""A second client, in a process of its own, that asks all the time and looks at memory.

Run as `python -m tests.siege.onlooker ADDRESS LAUNCHER API FOLDER`, with a request for a prediction
as JSON on standard input. It says a line when it has begun, and what it saw once its standard input
is closed. It knows only Python's own library, so that it starts at once.
"""

import http.client
import json
import os
import statistics
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from tests.siege.processes import descriptors, family, memory
from worker.jsontypes import Json

PATIENCE_S = 90.0  # for one answer
SAMPLE_S, PROBE_S, PREDICT_S = 0.2, 0.2, 0.5
COUNTED_BYTES = 2**20  # what a process must hold to be worth a look at every sample


class Answers:
    """What came of the same request, asked again and again."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self.statuses: Counter[str] = Counter()

    def ask(self, once: Callable[[], int]) -> None:
        began = time.monotonic()
        try:
            status = str(once())
        except (OSError, http.client.HTTPException) as error:
            status = type(error).__name__
        self.seconds.append(time.monotonic() - began)
        self.statuses[status] += 1

    def summary(self) -> Json:
        seconds = self.seconds or [0.0]
        return {
            "asked": len(self.seconds),
            "statuses": dict(self.statuses),
            "median_s": round(statistics.median(seconds), 4),
            "longest_s": round(max(seconds), 4),
        }


class Onlooker:
    """Asks and looks until it is told to end."""

    def __init__(self, address: str, launcher: int, api: int, folder: str, asked: Json) -> None:
        where = urlsplit(address)
        self._host, self._port = where.hostname or "", where.port
        self._launcher, self._api, self._folder, self._asked = launcher, api, folder, asked
        self.answers = {name: Answers() for name in ("livez", "readyz", "predict")}
        self.most: Counter[str] = Counter()
        self.least_free = 2**63
        self.ended = threading.Event()

    def run(self) -> None:
        """Until standard input is closed."""
        duties = [
            (SAMPLE_S, self._look),
            (PROBE_S, lambda: self._ask("livez", "GET", "/livez")),
            (PROBE_S, lambda: self._ask("readyz", "GET", "/readyz")),
        ]
        if self._asked:
            duties.append((PREDICT_S, lambda: self._ask("predict", "POST", **self._asked)))
        threads = [threading.Thread(target=self._repeat, args=duty) for duty in duties]
        for thread in threads:
            thread.start()
        print("begun", flush=True)
        sys.stdin.read()
        self.ended.set()
        for thread in threads:
            thread.join()

    def _repeat(self, every_s: float, duty: Callable[[], None]) -> None:
        duty()
        while not self.ended.wait(every_s):
            duty()

    def _ask(self, name: str, method: str, path: str, **about: Any) -> None:
        self.answers[name].ask(lambda: self._once(method, path, **about))

    def _once(self, method: str, path: str, body: str = "", kind: str = "text/plain") -> int:
        """On a connection of its own, as somebody who was not there before."""
        client = http.client.HTTPConnection(self._host, self._port, timeout=PATIENCE_S)
        try:
            client.request(method, path, body.encode("latin-1"), {"Content-Type": kind})
            answer = client.getresponse()
            answer.read()
            return answer.status
        finally:
            client.close()

    def _look(self) -> None:
        everybody = [(process, memory(process.pid)) for process in family(self._launcher)]
        whole = sum(held.anonymous for _, held in everybody)
        self._note("service_bytes", whole)
        for process, held in everybody:
            if process.pid == self._api:
                self._note("api_bytes", held.anonymous)
            elif held.anonymous > COUNTED_BYTES:
                self._note(f"{process.role}_bytes", held.anonymous)
        self._note("api_descriptors", descriptors(self._api))
        with suppress(OSError):
            found = os.statvfs(self._folder)
            self.least_free = min(self.least_free, found.f_bavail * found.f_frsize)

    def _note(self, what: str, value: int) -> None:
        self.most[what] = max(self.most[what], value)

    def summary(self) -> Json:
        """What it saw: how each was answered, the most of each figure, the least free space."""
        asked = {name: one.summary() for name, one in self.answers.items() if one.seconds}
        return {"answers": asked, "most": dict(self.most), "least_free_bytes": self.least_free}


if __name__ == "__main__":
    address, launcher, api, folder = sys.argv[1:]
    onlooker = Onlooker(address, int(launcher), int(api), folder, json.loads(sys.stdin.readline()))
    onlooker.run()
    print(json.dumps(onlooker.summary()), flush=True)

"""Requests that come at a rate, whether or not those before them were answered: `python -m
benchmarks.arrivals` with the port, the path, a file with the body, requests a second, seconds and
the core to stay on. Prints as JSON the milliseconds of every answer since it was to be asked, how
many were refused and how, and how late the questions were sent.

They come by chance, as from many who know nothing of each other, each on a kept connection that is
free, or on a new one.
"""

import asyncio
import json
import os
import random
import sys
import time
from collections import Counter
from pathlib import Path

from benchmarks.load import answer, request_of

WARM_S = 2.0  # before anything is counted: at first all are let in
MOST_CONNECTIONS = 1_000
PATIENCE_S = 60.0  # for the last answers


class Arrivals:
    """Asks, and notes what comes of it.

    Attributes:
        milliseconds: of every answer.
        refused: how many other answers came, by their status and whether they say when to come
            again.
        late: milliseconds between the time of a question and its sending.
        connections: that were opened.
    """

    def __init__(self, port: int, request: bytes) -> None:
        self._port, self._request = port, request
        self._free: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
        self.milliseconds: list[float] = []
        self.refused: Counter[str] = Counter()
        self.late: list[float] = []
        self.connections = 0

    async def come(self, rate: float, seconds: float) -> None:
        """Ask for so many seconds, after some that are not counted."""
        chance, asking = random.Random(1), set[asyncio.Task[None]]()
        begin = at = time.perf_counter()
        while at < begin + WARM_S + seconds:
            await asyncio.sleep(max(0.0, at - time.perf_counter()))
            if len(asking) < MOST_CONNECTIONS:
                task = asyncio.create_task(self._ask(at, counted=at > begin + WARM_S))
                asking.add(task)
                task.add_done_callback(asking.discard)
            else:
                self.refused["no connection left"] += 1
            at += chance.expovariate(rate)
        if asking:
            await asyncio.wait(asking, timeout=PATIENCE_S)

    async def _ask(self, at: float, *, counted: bool) -> None:
        if self._free:
            reader, writer = self._free.pop()
        else:
            self.connections += 1
            reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        sent = time.perf_counter()
        writer.write(self._request)
        status, fields = await answer(reader)
        self._free.append((reader, writer))
        if not counted:
            return
        self.late.append(1e3 * (sent - at))
        if status == 200:
            self.milliseconds.append(1e3 * (time.perf_counter() - at))
        else:
            again = " with Retry-After" if b"retry-after" in fields else ""
            self.refused[f"{status}{again}"] += 1


if __name__ == "__main__":
    port, path, body, rate, seconds, core = sys.argv[1:]
    os.sched_setaffinity(0, {int(core)})
    arrivals = Arrivals(int(port), request_of(int(port), path, Path(body)))
    asyncio.run(arrivals.come(float(rate), float(seconds)))
    found = {
        "milliseconds": arrivals.milliseconds,
        "refused": arrivals.refused,
        "late": arrivals.late,
        "connections": arrivals.connections,
    }
    json.dump(found, sys.stdout)

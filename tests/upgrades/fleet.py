"""API and workers of two releases beside one another, on one folder and one Valkey."""

import itertools
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import redis

from service.launcher.valkey import Valkey
from service.server.listener import listen
from tests.service.wait import wait_until
from tests.upgrades.make_store import SIDE
from tests.upgrades.release import Release
from worker.jobs.presence import count_workers
from worker.jobs.redis_connection import connect
from worker.jsontypes import Json

ROWS: Json = {"rows": [[0.0] * (3 * SIDE**2)]}
GRACE_S = 45  # as compose gives: half a minute for a checkpoint, and some
START_S = 120
SETTINGS: Json = {
    "min_free_bytes": 0,
    "lease_s": 2,
    "checkpoint_s": 0.5,
    "worker_threads": 1,
    "export_models": "false",
    "gradient_check": "false",
}


class Part(NamedTuple):
    """A process, and what it is."""

    kind: str
    release: Release
    process: Any
    url: str = ""


class Fleet:
    """The processes that run now.

    Attributes:
        parts: all of them.
        redis: a client of their Valkey.
        ends: of each process that was ended its kind, its exit code and the seconds it took.
    """

    def __init__(self, folder: Path, valkey: Valkey) -> None:
        self._folder, self._numbers = folder, itertools.count(1)
        self._settings = {**SETTINGS, "redis_url": valkey.url, "data_dir": folder / "data"}
        self.parts: list[Part] = []
        self.redis: redis.Redis = connect(valkey.url)
        self.ends: list[tuple[str, int, float]] = []

    def start(self, kind: str, release: Release) -> Part:
        """Start a process, and wait until it can work."""
        log = self._folder / f"{kind}-{next(self._numbers)}.log"
        how = {**self._settings, "log": log}
        if kind == "api":
            with listen("127.0.0.1", 0) as free:
                port = free.getsockname()[1]
            part = Part(kind, release, release.api(port=port, **how), f"http://127.0.0.1:{port}")
            self.parts.append(part)
            wait_until(lambda: alive(part.url), START_S)
            return part
        before = self.workers(kind)
        part = Part(kind, release, release.worker(kind, **how))
        self.parts.append(part)
        wait_until(lambda: self.workers(kind) > before, START_S)
        return part

    def end(self, part: Part) -> None:
        """Ask a process to end, as an orchestrator does, and wait until it has."""
        began = time.monotonic()
        part.process.send_signal(signal.SIGTERM)
        code = part.process.wait(GRACE_S)
        self.ends.append((part.kind, code, time.monotonic() - began))
        self.parts.remove(part)

    def workers(self, kind: str) -> int:
        """How many workers of a kind have shown themselves of late."""
        return int(count_workers(self.redis, kind))

    def urls(self) -> list[str]:
        """Where it can be asked, the newest API first."""
        return [part.url for part in reversed(self.parts) if part.url]

    def replace(self, release: Release) -> None:
        """Replace each process by one of another release: the new one is there before the old one
        is told to end."""
        for kind in ("api", "import", "train"):
            for old in [part for part in self.parts if part.kind == kind]:
                self.start(kind, release)
                self.end(old)

    def stop(self) -> None:
        for part in self.parts:
            part.process.send_signal(signal.SIGTERM)
        for part in self.parts:
            try:
                part.process.wait(GRACE_S)
            except subprocess.TimeoutExpired:
                part.process.kill()


class Caller:
    """Somebody who goes on asking for jobs and answers, wherever anybody answers.

    Attributes:
        accepted: the ids of jobs, by their models.
        refusals: what was answered, or not, to questions that nobody answered well.
    """

    def __init__(self, fleet: Fleet, dataset: str, spec: Json, at_once: int = 4) -> None:
        self._fleet, self._spec, self._at_once = fleet, {**spec, "dataset": dataset}, at_once
        self._ended, self._names = threading.Event(), itertools.count(1)
        self._thread = threading.Thread(target=self._run)
        self.accepted: dict[str, str] = {}
        self.refusals: list[str] = []
        self.predictions = 0

    def ask(self, method: str, path: str, **body: Any) -> httpx.Response | None:
        """Returns the first good answer of any API; None if none gives one."""
        said: list[str] = []
        for url in self._fleet.urls():
            try:
                answer = httpx.request(method, url + path, timeout=20, trust_env=False, **body)
            except httpx.HTTPError as error:
                said.append(repr(error))
                continue
            if answer.is_success:
                return answer
            said.append(f"{answer.status_code} {answer.text:.200}")
        self.refusals.append(f"{method} {path}: {said}")
        return None

    def submit(self, model: str) -> str | None:
        """Ask for a job, with a key by which it is one however often it is asked for."""
        body, key = {**self._spec, "model": model}, {"Idempotency-Key": model}
        answer = self.ask("POST", "/v1/jobs", json=body, headers=key)
        if answer is not None:
            self.accepted[model] = str(answer.json()["id"])
        return self.accepted.get(model)

    def states(self) -> list[str]:
        """The states of all jobs that were accepted."""
        keys = [f"purr:job:{job}" for job in [*self.accepted.values()]]
        return [str(self._fleet.redis.hget(key, "state")) for key in keys]

    def _run(self) -> None:
        name = f"job-{next(self._names)}"
        while not self._ended.is_set():
            waiting = sum(state in ("queued", "running") for state in self.states())
            if waiting < self._at_once and self.submit(name):
                name = f"job-{next(self._names)}"
            if self.ask("POST", "/v1/models/twin/predict", json=ROWS):
                self.predictions += 1
            self._ended.wait(0.2)

    @contextmanager
    def asking(self) -> Iterator[None]:
        """Within this block it goes on asking."""
        self._thread.start()
        try:
            yield
        finally:
            self._ended.set()
            self._thread.join()


def alive(url: str) -> bool:
    try:
        return httpx.get(f"{url}/livez", timeout=2, trust_env=False).is_success
    except httpx.HTTPError:
        return False

"""The whole service for one benchmark, as `purr up` starts it, and an HTTP client of it."""

import os
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import httpx

from service.launcher.launcher import COMMANDS, Launcher
from service.settings import ServiceSettings
from worker.jsontypes import Json

FINAL = ("succeeded", "failed", "cancelled")


class Service:
    """Everything in a folder of its own, gone afterwards."""

    def __init__(
        self,
        threads: int,
        commands: Mapping[str, Sequence[str]] = COMMANDS,
        workers: int = 1,
        **more: Any,
    ) -> None:
        # Short, because the path of a Unix socket in it must be.
        self.folder = Path(tempfile.mkdtemp(prefix="purr-", dir="/tmp"))
        settings = ServiceSettings(
            port=0,
            data_dir=self.folder,
            min_free_bytes=0,
            workers=workers,
            worker_threads=threads,
            redis_url=None,
            **more,
        )
        self._launcher = Launcher(settings, commands)

    def __enter__(self) -> Self:
        self._launcher.start()
        self.http = httpx.Client(base_url=self._launcher.address, timeout=60, trust_env=False)
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()
        self._launcher.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def worker(self) -> int:
        """The process that trains."""
        return self.process("train")

    def process(self, name: str) -> int:
        """The one whose name begins so."""
        children = self._launcher.supervisor.children
        (process,) = (c.process for c in children if c.name.startswith(name))
        if process is None:
            raise RuntimeError(f"Expected a {name} that runs, found none.")
        return process.pid

    @contextmanager
    def workers_stopped(self) -> Iterator[None]:
        """Nothing is trained for as long as the block lasts."""
        children = [c for c in self._launcher.supervisor.children if c.name.startswith("train")]
        pids = [child.process.pid for child in children if child.process]
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in pids:
                os.kill(pid, signal.SIGCONT)

    def upload(self, files: Sequence[Path]) -> str:
        """The id of a dataset that is ready."""
        parts = [("file", (path.name, path.read_bytes())) for path in files]
        answer = self.http.post("/v1/datasets", files=parts).raise_for_status().json()
        while answer["state"] == "importing":
            time.sleep(0.05)
            answer = self.http.get(f"/v1/datasets/{answer['id']}").raise_for_status().json()
        if answer["state"] != "ready":
            raise RuntimeError(f"Expected a dataset that is ready, got {answer}.")
        return str(answer["id"])

    def submit(self, spec: Json) -> Json:
        answer: Json = self.http.post("/v1/jobs", json=spec).raise_for_status().json()
        return answer

    def finished(self, job: str) -> Json:
        """The job once it has succeeded."""
        while True:
            answer: Json = self.http.get(f"/v1/jobs/{job}?wait=30").raise_for_status().json()
            if answer["state"] in FINAL:
                break
        if answer["state"] != "succeeded":
            raise RuntimeError(f"Expected a job that succeeds, got {answer}.")
        return answer

    def metrics(self, job: str) -> list[Json]:
        rows: list[Json] = (
            self.http.get(f"/v1/jobs/{job}/metrics").raise_for_status().json()["data"]
        )
        return rows

"""Speaks to the real service, as its users do."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from worker.jsontypes import Json

PATIENCE_S = 60


class Api:
    """The few things that most tests ask of the service; `http` is for the rest."""

    def __init__(self, http: httpx.Client) -> None:
        self.http = http

    @classmethod
    @contextmanager
    def at(cls, address: str) -> "Iterator[Api]":
        """Speaks to the service at this address."""
        with httpx.Client(base_url=address, timeout=60, trust_env=False) as http:
            yield cls(http)

    def upload(self, files: Sequence[Path], name: str = "pictures") -> Json:
        """Upload and wait until the dataset is ready, or rejected."""
        parts = [("file", (path.name, path.read_bytes())) for path in files]
        answer = self.http.post("/v1/datasets", params={"name": name}, files=parts)
        assert answer.status_code == 202, answer.text
        found = self.poll(answer.headers["location"], lambda body: body["state"] != "importing")
        return found

    def submit(self, **spec: Any) -> Json:
        """Submit a job; of the classic recipe, which takes seconds, unless its network is said."""
        if not spec.keys() & {"recipe", "network"}:
            spec["recipe"] = "classic"
        answer = self.http.post("/v1/jobs", json=spec)
        assert answer.status_code == 202, answer.text
        return answer.json()  # type: ignore[no-any-return]

    def finished(self, job_id: str, patience_s: float = PATIENCE_S) -> Json:
        """The job once it is final."""
        final = ("succeeded", "failed", "cancelled")
        path = f"/v1/jobs/{job_id}?wait=5"
        return self.poll(path, lambda body: body["state"] in final, patience_s)

    def train(self, **spec: Any) -> Json:
        """Submit and wait until the model can be asked."""
        job = self.finished(self.submit(**spec)["id"])
        assert job["state"] == "succeeded", job
        return job

    def poll(self, path: str, done: Any, patience_s: float = PATIENCE_S) -> Json:
        until = time.monotonic() + patience_s
        while time.monotonic() < until:
            body = self.http.get(path).raise_for_status().json()
            if done(body):
                return body  # type: ignore[no-any-return]
            time.sleep(0.02)
        raise AssertionError(f"{path} never came to its end: {body}")

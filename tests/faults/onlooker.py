"""Looks at a service from outside, all the time: who works at what, and what can be seen."""

import hashlib
import json
import threading
import time
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Self

from tests.faults.history import Client, History
from tests.faults.subject import Subject
from worker.jsontypes import Json

LOOK_S = 0.05
STATES_EVERY = 4  # looks


class Onlooker:
    """A thread that notes what has changed since it last looked.

    Entries: `workers`, who works at which job now; `model`, a version that came into sight;
    `torn`, something that is in sight but not whole; `state`, a job's as the API tells it.
    """

    def __init__(self, subject: Subject, history: History) -> None:
        self._subject, self._history = subject, history
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self._seen: set[Path] = set()
        self._states: dict[str, tuple[str, int]] = {}
        self._workers: list[Json] = []

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._ended.set()
        self._thread.join()

    def _look(self) -> None:
        with Client(self._subject.launcher.address, History()) as client:
            for look in count():
                if self._ended.wait(LOOK_S):
                    break
                self._look_at_workers()
                self._look_at_store()
                if look % STATES_EVERY == 0:
                    self._look_at_states(client)

    def _look_at_workers(self) -> None:
        workers = [trainer._asdict() for trainer in self._subject.trainers()]
        if workers != self._workers:
            self._history.note("workers", workers=workers)
            self._workers = workers

    def _look_at_store(self) -> None:
        """What has its final name is to be whole from the first moment on."""
        data = self._subject.data
        for path in data.glob("models/*/[0-9]*"):
            if path not in self._seen:
                self._seen.add(path)
                self._history.note("model", **model_at(path))
        for path in data.glob("jobs/*/checkpoints/*.safetensors"):
            if path not in self._seen:
                self._seen.add(path)
                with suppress(FileNotFoundError):  # there are newer ones already
                    if sha256(path) != path.name.split(".")[-2]:
                        self._history.note("torn", path=str(path.relative_to(data)))

    def _look_at_states(self, client: Client) -> None:
        for job in client.jobs():
            state = job["state"], job["attempt"]
            if self._states.get(job["id"]) != state:
                self._states[job["id"]] = state
                self._history.note("state", id=job["id"], state=state[0], attempt=state[1])


def model_at(folder: Path) -> Json:
    """What a version is, and whether its weights are those of its manifest."""
    found: Json = {"name": folder.parent.name, "version": int(folder.name), "job": None}
    try:
        manifest = json.loads((folder / "manifest.json").read_bytes())
        found["weights"] = sha256(folder / "weights.safetensors")
    except (OSError, ValueError) as error:
        return {**found, "whole": False, "why": repr(error)}
    whole = manifest["digest"] == f"sha256:{found['weights']}"
    return {**found, "job": manifest["job"], "whole": whole, "seen_at": time.time()}


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()

"""An attack carried out and measured."""

import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tests.siege import onlooker
from tests.siege.bounds import Bounds, Measures
from tests.siege.material import Material
from tests.siege.processes import Memory, descriptors, forget_peak, memory
from tests.siege.subject import ROOT, Subject
from tests.siege.wire import Wire
from worker.jsontypes import Json

SETTLE_S = 20.0  # in which memory and descriptors must have come back
RESTORE_S = 30.0  # in which a process that ended must be there again


class Siege:
    """What an attack is given.

    Attributes:
        complaints: what it found wrong by itself.
        figures: what it measured.
        sent_bytes: of the bodies that are under way at a time.
        open_before: files that the API had open when it began.
    """

    def __init__(self, subject: Subject, material: Material, whole: bool) -> None:
        self.subject, self.material, self.whole = subject, material, whole
        self.wire = Wire(subject.address)
        self.complaints: list[str] = []
        self.figures: Json = {}
        self.sent_bytes = self.open_before = 0

    def sends(self, size: int) -> None:
        """Note that so many bytes of bodies are under way at a time."""
        self.sent_bytes = max(self.sent_bytes, size)

    def expect(self, true: object, otherwise: str) -> None:
        if not true:
            self.complaints.append(otherwise)

    def eventually(self, true: Callable[[], object], patience_s: float, otherwise: str) -> float:
        """Seconds until it came true; a complaint if it does not in time."""
        began = time.monotonic()
        while not true():
            if time.monotonic() - began > patience_s:
                self.complaints.append(f"{otherwise} within {patience_s:g} s")
                break
            time.sleep(0.05)
        return time.monotonic() - began


class Growth:
    """The memory of a process, and how far it goes above where it is now."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        forget_peak(pid)
        self.before: Memory = memory(pid)

    def most_bytes(self) -> int:
        """The most by which it was above the start, between two looks too."""
        now = memory(self._pid)
        return max(0, now.peak - min(self.before.files, now.files) - self.before.anonymous)


class Before:
    """How the service stood when an attack began."""

    def __init__(self, subject: Subject) -> None:
        self.subject, self.parts = subject, subject.parts()
        self.api = self.parts["api-1"]
        self.growth = Growth(self.api)
        self.memory = self.growth.before
        self.descriptors = descriptors(self.api)
        self.log_bytes = log_bytes(subject)
        self.began = time.monotonic()

    def left_bytes(self) -> int:
        return memory(self.api).anonymous - self.memory.anonymous

    def descriptors_left(self) -> int:
        return descriptors(self.api) - self.descriptors

    def replaced(self) -> list[str]:
        now = self.subject.parts()
        return [name for name, pid in self.parts.items() if now.get(name) != pid]


def measured(
    siege: Siege, attack: Callable[[Siege, int], None], size: int, bounds: Bounds
) -> Measures:
    """What was seen while the attack went on at this size, and when all had come to rest."""
    before = Before(siege.subject)
    siege.open_before = before.descriptors
    with watching(siege, asks=bool(bounds.predictions)) as seen:
        attack(siege, size)
        grown = before.growth.most_bytes()
    deadline = time.monotonic() + SETTLE_S
    while unsettled(before, bounds) and time.monotonic() < deadline:
        time.sleep(0.1)
    asked = siege.wire.opened + sum(siege.wire.statuses.values())
    asked += sum(a["asked"] for a in seen["answers"].values())
    return Measures(
        seconds=time.monotonic() - before.began,
        sent_bytes=siege.sent_bytes,
        grown_bytes=max(grown, seen["most"].get("api_bytes", 0) - before.memory.anonymous),
        left_bytes=before.left_bytes(),
        descriptors_left=before.descriptors_left(),
        faults=dict(siege.wire.faults),
        replaced=before.replaced(),
        log_bytes=max(0, log_bytes(siege.subject) - before.log_bytes),
        requests=asked,
        seen=seen,
        complaints=siege.complaints,
        figures=siege.figures,
    )


def unsettled(before: Before, bounds: Bounds) -> bool:
    left = before.left_bytes() > bounds.left_bytes
    return left or before.descriptors_left() > bounds.descriptors_left


@contextmanager
def watching(siege: Siege, asks: bool) -> Iterator[Json]:
    """What the onlooker saw while the block lasted; it is there once the block has ended."""
    subject = siege.subject
    seen: Json = {}
    about = prediction(siege.material) if asks else {}
    command = [sys.executable, "-m", onlooker.__name__, subject.address, str(subject.launcher),
               str(subject.pid("api")), str(subject.data)]  # fmt: skip
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write(f"{json.dumps(about)}\n")
        process.stdin.flush()
        process.stdout.readline()
        try:
            yield seen
        finally:
            process.stdin.close()
            seen |= json.loads(process.stdout.read())


def prediction(material: Material) -> Json:
    """A request as anybody might send it, for the onlooker."""
    assert material.job
    body = material.picture.decode("latin-1")
    return {"path": "/v1/models/small/predict", "body": body, "kind": "image/png"}


def log_bytes(subject: Subject) -> int:
    """Of all logs, what was rotated among them."""
    return sum(path.stat().st_size for path in subject.logs())


def counted(counts: Counter[int]) -> Json:
    return {str(key): counts[key] for key in sorted(counts)}

"""Answers get ids, by which it may be said later what was true.

What is kept of an answer goes to the store a moment later, by a thread of its own: who asks does
not wait for a disk.
"""

import logging
import secrets
import struct
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import nan

from worker.data.pictures.brightness import brightness
from worker.errors import StoreFull, WorkerError
from worker.nn.arrays import Array
from worker.serving.decisions import UNSURE
from worker.serving.loaded_models import Loaded
from worker.serving.predictor import Prediction
from worker.store.answered import FAR, ROW, AnsweredStore, Segment
from worker.store.answered import UNSURE as UNSURE_FLAG

FLUSH_S = 0.2
SEGMENT_ROWS, SEGMENT_MS = 2**16, 3_600_000  # after which another segment begins
PENDING_BYTES = 2**20  # for which the thread is not waited for
PREFIX = "ans_"
PACK = struct.Struct("<QIIff").pack

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Identified(Prediction):
    """A prediction that may be judged later."""

    prediction_id: str


def identified(said: Prediction, prediction_id: str) -> Identified:
    """Returns a prediction with an id. Large requests have thousands of them, so the fields are
    taken over at once."""
    found = object.__new__(Identified)
    vars(found).update(vars(said), prediction_id=prediction_id)
    return found


class Open:
    """A segment that rows are added to."""

    def __init__(self, model: Loaded) -> None:
        began = f"{time.time_ns() // 1_000_000:012x}{secrets.token_hex(4)}"
        self.segment = Segment(model.name, model.version, began)
        self.labels = {label: number for number, label in enumerate(model.classes)}
        self.rows, self.until_ms = 0, self.segment.began_ms + SEGMENT_MS
        self.pending = bytearray()


class AnswerLog:
    """Gives ids to what models answer, and keeps what is needed to judge it; nothing of that if
    it is not `on`."""

    def __init__(self, store: AnsweredStore, *, on: bool) -> None:
        self.on = on
        self._store, self._lock = store, threading.Lock()
        self._writing = threading.Lock()  # so that rows come in the order of their numbers
        self._open: dict[tuple[str, int], Open] = {}
        self._over: list[Open] = []
        self._thread: threading.Thread | None = None
        self._ending = threading.Event()

    def noted(
        self,
        model: Loaded,
        predictions: Iterable[Prediction | WorkerError],
        pictures: Iterable[Array | None] = (),
    ) -> Iterator[Prediction | WorkerError]:
        """Yields the predictions with their ids, and errors as they are.

        Args:
            pictures: that were asked about, one for each prediction, None for what is no picture;
                or none at all.
        """
        if not self.on:
            yield from predictions
            return
        shown = iter(pictures)
        for each in predictions:
            if isinstance(each, WorkerError):
                yield each
            else:
                picture = next(shown, None)
                light = nan if picture is None else brightness(picture)
                yield identified(each, self._note(model, each, light))

    def flush(self) -> None:
        """Write down all answers so far. Those that cannot be are forgotten: their ids are unknown
        then."""
        with self._writing:
            with self._lock:
                waiting = [(each, bytes(each.pending)) for each in self._all() if each.pending]
                for each, _ in waiting:
                    each.pending.clear()
                self._over.clear()
            for each, rows in waiting:
                try:
                    self._store.append(each.segment, rows)
                except (OSError, StoreFull) as error:
                    log.warning("%d answers are not kept: %s", len(rows) // ROW.itemsize, error)
                    self._give_up(each)

    def close(self) -> None:
        """Write down what is left, and end the thread."""
        self._ending.set()
        if self._thread is not None:
            self._thread.join()
        self.flush()

    def _note(self, model: Loaded, said: Prediction, light: float) -> str:
        flags = UNSURE_FLAG if said.decision == UNSURE else 0
        if said.reason is not None and said.reason["code"] == "far_from_training":
            flags |= FAR
        at_ms = time.time_ns() // 1_000_000
        with self._lock:
            found = self._open.get((model.name, model.version))
            if found is None or found.rows >= SEGMENT_ROWS or at_ms > found.until_ms:
                if found is not None:
                    self._over.append(found)
                found = self._open[model.name, model.version] = Open(model)
            label = found.labels[said.label]
            found.pending += PACK(at_ms, label, flags, said.probability, light)
            row, found.rows = found.rows, found.rows + 1
            much = len(found.pending) > PENDING_BYTES
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, daemon=True, name="answers")
                self._thread.start()
        if much:
            self.flush()
        return f"{PREFIX}{found.segment.id}{row:08x}"

    def _run(self) -> None:
        while not self._ending.wait(FLUSH_S):
            self.flush()

    def _all(self) -> list[Open]:
        return [*self._over, *self._open.values()]

    def _give_up(self, each: Open) -> None:
        """Rows that come after lost ones would have other numbers than their ids say."""
        with self._lock:
            key = each.segment.model, each.segment.version
            if self._open.get(key) is each:
                del self._open[key]

"""The work at a scoring: a model answers for the rows of a dataset, or of an upload, a part of them
at a time."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from itertools import chain
from typing import NamedTuple

from pydantic_core import to_json

from worker.data.scored_file import gathered
from worker.data.scored_rows import UNANSWERED
from worker.errors import QueueUnavailable
from worker.jobs.attempt import Attempt
from worker.jsontypes import Json
from worker.serving.decisions import SWITCHED_OFF
from worker.serving.loaded_models import LoadedModels
from worker.serving.predictor import predictions
from worker.tasks.asked_rows import Asked, of_dataset, of_upload
from worker.tasks.context import WorkerContext
from worker.tasks.pace import Pace
from worker.tasks.uploaded import Check, published

PART_ROWS = 4096  # at most
PART_BYTES = 2**22  # of their lines, about
LINE_BYTES, CLASS_BYTES = 250, 40  # of a line, and of each class in it, about
ALONE_S = 10.0  # of work that one worker does without calling others
LOOK_S = 0.2  # between two looks whether others have made what is missing
SLOWER = 4  # times that others may take for a part as long as this worker for its slowest

Keep = Callable[[str, int, bytes], None]


class Part(NamedTuple):
    """Rows that are answered together, from `start` to `stop` of their split."""

    number: int
    split: str
    start: int
    stop: int

    @property
    def rows(self) -> int:
        return self.stop - self.start


def score(context: WorkerContext, attempt: Attempt) -> Json:
    """Have a model answer for the rows of a dataset or an upload, from where an earlier attempt
    was.

    Returns:
        What the answers come to, as `Tally.counted` says it.

    Raises:
        WorkerError: it cannot be done, or the attempt must end.
    """
    # Where it is there already, an earlier attempt died before it could report that.
    made = context.store.scorings.manifest(attempt.record.id)
    if attempt.record.body.get("upload"):
        made = published(
            context, attempt, made, lambda check: Scoring(context, attempt).made(check)
        )
    elif made is None:
        made = Scoring(context, attempt).made(attempt.check)
    return made["result"]  # type: ignore[no-any-return]


class Scoring:
    """One attempt at a scoring."""

    def __init__(self, context: WorkerContext, attempt: Attempt) -> None:
        """Raises:
        ModelNotFound, DamagedModel, PreprocessingChanged: the model cannot be asked.
        """
        self._context, self._attempt, self._store = context, attempt, context.store
        self._id, body = attempt.record.id, attempt.record.body
        which = body["model"], body["version"]
        model = LoadedModels(context.store.models, context.settings).get(*which)
        if not body["unsure"]:
            model = replace(model, unsure=model.unsure.never(SWITCHED_OFF))
        self._model, self._threshold = model, body["threshold"]
        self._top = body["top"]
        self._of_upload, self._warnings = bool(body.get("upload")), list[Json]()
        self._shared, self._looked = False, 0.0
        self._missing = dict[int, int]()  # as far as is known: rows, by the numbers of their parts
        self._done = 0  # rows
        self._slowest_s, self._alone = 0.0, False
        self._pace = Pace()

    def made(self, check: Check) -> Json:
        """Returns the manifest of the results, which are in the store then.

        Args:
            check: raises when an upload is no longer to be read, or there is no room for it.

        Raises:
            WorkerError: they cannot be made, or the attempt must end.
        """
        parts, splits = self._parts(check)
        self._missing = {part.number: part.rows for part in parts}
        total, left, since = sum(self._missing.values()), parts, time.monotonic()
        while left:  # those that others are making are looked at again
            before, left = left, [part for part in left if not self._told(part, splits, total)]
            since = since if left == before else time.monotonic()
            # Who hangs keeps its part: that is made here too, for two files of one are harmless.
            self._alone = time.monotonic() - since > max(ALONE_S, SLOWER * self._slowest_s)
            self._attempt.check()
            time.sleep(LOOK_S if left else 0)
        return self._published(total)

    def help(self, goes_on: Callable[[], bool]) -> None:
        """Make parts that nobody makes, the last ones first, for as long as that is wanted.

        Raises:
            WorkerError: they cannot be made, or the attempt has ended.
            OSError: their files are gone, since it has ended.
        """
        kept, (parts, splits) = self._store.scorings, self._parts(self._attempt.check)
        for part in reversed(parts):
            if not goes_on():
                return
            if part.number not in kept.numbers(self._id):
                self._is_made(part, splits, kept.add_part)

    def _parts(self, check: Check) -> tuple[list[Part], dict[str, Asked]]:
        """All parts, and the splits in which their rows are."""
        work = self._context, self._attempt, self._model
        splits = of_upload(*work, check, self._tell) if self._of_upload else of_dataset(*work)
        self._warnings = [*chain(*(asked.warnings for asked in splits.values()))]
        sizes = {name: len(asked.rows) for name, asked in splits.items()}
        return [*parts_of(sizes, self._part_rows())], splits

    def _told(self, part: Part, splits: Mapping[str, Asked], total: int) -> bool:
        """Whether a part is there now; if so, that is noted, and perhaps others are called."""
        began = time.monotonic()
        if not self._is_made(part, splits, self._store.scorings.keep_part):
            return False
        took_s = time.monotonic() - began
        self._slowest_s = max(self._slowest_s, took_s)
        self._done += sum(self._missing.pop(number, 0) for number in self._new(part))
        self._tell("scoring", self._done, total)
        # A loss after this is no loss without progress.
        self._attempt.note(kept=f"part {part.number}")
        if took_s * len(self._missing) > ALONE_S and not self._shared:
            self._shared = True
            self._store.scorings.share(self._id)
            with suppress(QueueUnavailable):  # then it takes longer
                self._context.job_queue.enqueue_for_others(self._attempt.record, len(self._missing))
        return True

    def _new(self, made: Part) -> set[int]:
        """The numbers of parts that may be new: of this one, and of those that others have made, at
        which is looked now and then."""
        if time.monotonic() - self._looked < LOOK_S:
            return {made.number}
        self._looked = time.monotonic()
        return {made.number} | self._store.scorings.numbers(self._id)

    def _is_made(self, part: Part, splits: Mapping[str, Asked], keep: Keep) -> bool:
        """Whether a part is there, which it is then, unless another worker is making it."""
        self._attempt.check()
        kept = self._store.scorings
        with kept.claimed(self._id, part.number) as mine:
            if kept.has_part(self._id, part.number):
                return True
            if made_here := mine or self._alone:
                lines = b"".join(self._lines(part, splits[part.split]))
                self._attempt.check()
                with suppress(QueueUnavailable):  # another look will make room in the trash
                    self._context.room.check(len(lines))
                keep(self._id, part.number, lines)
            return made_here

    def _part_rows(self) -> int:
        shown = min(self._top, len(self._model.classes))
        fit: int = PART_BYTES // (LINE_BYTES + CLASS_BYTES * shown)
        return min(PART_ROWS, max(1, fit))

    def _lines(self, part: Part, asked: Asked) -> Iterator[bytes]:
        """Yields a line of JSON for each row."""
        for start in range(part.start, part.stop, self._model.rows_at_once):
            self._attempt.check()
            rows = slice(start, min(part.stop, start + self._model.rows_at_once))
            samples = asked.rows.samples(rows)
            found = predictions(self._model, samples, self._top, self._threshold)
            problems = asked.problems.of(rows.start, rows.stop) if asked.problems else None
            for row, label, each in zip(
                range(rows.start, rows.stop), asked.rows.y[rows], found, strict=True
            ):
                said = {**vars(each)}
                line = {
                    "row": row,
                    "split": part.split,
                    "name": None if asked.names is None else asked.names[row],
                    "label": asked.classes[label],
                    "prediction": said.pop("label"),
                    **said,
                }
                if problems is not None:
                    line |= {"problem": problems.get(row)}
                    line |= UNANSWERED if row in problems else {}
                yield to_json(line) + b"\n"

    def _published(self, total: int) -> Json:
        """Gather the parts, and have them be the results; returns the manifest."""
        self._tell("publishing", total, total)
        classes, kept = self._model.classes, self._store.scorings
        with kept.local_folder(self._id) as folder:
            found, settings = kept.local_parts(self._id), self._context.settings
            shown = found, classes, self._top, folder, settings
            result = gathered(*shown, self._attempt.check, self._of_upload)
            result |= {"warnings": self._warnings}
            self._store.quota.count_anew()  # the sealed process knows nothing of it
            about = {"classes": classes, "top": self._top, "result": result}
            about |= {"with_problems": self._of_upload}
            return kept.publish(self._id, folder, found, about)

    def _tell(self, phase: str, done: int, total: int | None) -> None:
        """Note on the record how many rows are done."""
        known = {"phase": phase, "done": done, "total": total}
        self._attempt.note(progress={**known, **self._pace.of(phase, done, total)})


def parts_of(sizes: Mapping[str, int], most: int) -> Iterator[Part]:
    """Yields the parts of splits, of which each has so many rows, in their order; they are the same
    in every attempt.

    Args:
        most: rows in a part.
    """
    number = 0
    for split, rows in sizes.items():
        for start in range(0, rows, most):
            yield Part(number, split, start, min(rows, start + most))
            number += 1

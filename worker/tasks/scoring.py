"""The work at a scoring: a model answers for the rows of a dataset, or of an upload, a part of them
at a time."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import NamedTuple

from pydantic_core import to_json

from worker.data.dataset import Dataset, Split
from worker.data.progress import Phase
from worker.data.scored_file import gathered
from worker.data.scored_rows import UNANSWERED
from worker.data.unlabelled.rows import UPLOAD, Problems
from worker.errors import InvalidParameter, QueueUnavailable
from worker.jobs.attempt import Attempt
from worker.jsontypes import Json
from worker.serving.decisions import SWITCHED_OFF
from worker.serving.loaded_models import LoadedModels
from worker.serving.predictor import predictions
from worker.store.features import Key
from worker.tasks.context import WorkerContext
from worker.tasks.features import Features, seen_by_backbone
from worker.tasks.pace import Pace
from worker.tasks.unlabelled import uploaded_rows
from worker.tasks.uploaded import Check, published

PART_ROWS = 4096  # at most
PART_BYTES = 2**22  # of their lines, about
LINE_BYTES, CLASS_BYTES = 250, 40  # of a line, and of each class in it, about


class Part(NamedTuple):
    """Rows that are answered together, from `start` to `stop` of their split; `done` are those of
    the parts before it."""

    number: int
    split: str
    start: int
    stop: int
    done: int


class Asked(NamedTuple):
    """A split as the model takes it.

    Attributes:
        classes: those of the dataset, by their numbers; None stands for one that nobody knows.
        names: how its rows were called in the upload; None where that is not known.
        problems: of rows about which the model cannot be asked; None where there can be none.
    """

    rows: Split
    classes: Sequence[str | None]
    names: Sequence[str] | None
    problems: Problems | None = None


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
        self._manifest = context.store.models.manifest(*which)
        model = LoadedModels(context.store.models, context.settings).get(*which)
        if not body["unsure"]:
            model = replace(model, unsure=model.unsure.never(SWITCHED_OFF))
        self._model, self._threshold = model, body["threshold"]
        self._dataset_id, self._split, self._top = body["dataset"], body["split"], body["top"]
        self._of_upload, self._warnings = bool(body.get("upload")), list[Json]()
        self._pace = Pace()

    def made(self, check: Check) -> Json:
        """Returns the manifest of the results, which are in the store then.

        Args:
            check: raises when an upload is no longer to be read, or there is no room for it.

        Raises:
            WorkerError: they cannot be made, or the attempt must end.
        """
        splits = self._uploaded(check) if self._of_upload else self._splits()
        kept = self._store.scorings
        sizes = {name: len(asked.rows) for name, asked in splits.items()}
        total = sum(sizes.values())
        for part in parts_of(sizes, self._part_rows()):
            self._attempt.check()
            if not kept.has_part(self._id, part.number):
                lines = b"".join(self._lines(part, splits[part.split]))
                with suppress(QueueUnavailable):  # another look will make room in the trash
                    self._context.room.check(len(lines))
                kept.keep_part(self._id, part.number, lines)
            self._tell("scoring", part.done + part.stop - part.start, total)
            # A loss after this is no loss without progress.
            self._attempt.note(kept=f"part {part.number}")
        return self._published(total)

    def _uploaded(self, check: Check) -> dict[str, Asked]:
        """The rows of an upload, as the only split."""

        def tell(_: Phase, done: int, total: int | None) -> None:
            self._tell("reading", done, total)

        found = uploaded_rows(self._context, self._id, self._model, check, tell)
        self._warnings = found.warnings
        return {UPLOAD: Asked(found.rows, [None], found.names, found.problems)}

    def _splits(self) -> dict[str, Asked]:
        """The splits that are asked for, of a dataset that the model takes."""
        store, dataset_id = self._store, self._dataset_id
        if self._model.backbone is None:
            store.datasets.local_arrays(dataset_id, self._attempt.check)  # compares the digest
            dataset = store.datasets.mapped(dataset_id)
        else:
            dataset = self._by_features(Key(dataset_id, self._model.backbone))
        return {
            name: Asked(rows, dataset.classes, store.datasets.names(dataset_id, name))
            for name, rows in dataset.splits.items()
            if self._split in (None, name)
        }

    def _by_features(self, key: Key) -> Dataset:
        """The dataset with the features that the model's backbone makes of its pictures."""
        store = self._store
        pictures = store.datasets.mapped(key.dataset)
        seen = {"preprocessing": pictures.preprocessing} | seen_by_backbone(key, store)
        if seen["preprocessing"] != self._manifest["preprocessing"]:
            raise InvalidParameter(
                "Expected pictures that reach the backbone as those did on which the model was "
                f"trained, which were {size_of(self._manifest['preprocessing'])}, but these are "
                f"{size_of(seen['preprocessing'])}. Upload the files of pictures, and not arrays "
                "of them."
            )
        Features(self._context, self._attempt, key, {"done": None, "total": None}).key()
        return store.features.of(pictures, key)

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
            return kept.publish(self._id, folder, about)

    def _tell(self, phase: str, done: int, total: int | None) -> None:
        """Note on the record how many rows are done."""
        known = {"phase": phase, "done": done, "total": total}
        self._attempt.note(progress={**known, **self._pace.of(phase, done, total)})


def size_of(preprocessing: Json) -> str:
    """How large pictures are before a backbone sees them."""
    return "{height} x {width}".format(**preprocessing)


def parts_of(sizes: Mapping[str, int], most: int) -> Iterator[Part]:
    """Yields the parts of splits, of which each has so many rows, in their order; they are the same
    in every attempt.

    Args:
        most: rows in a part.
    """
    number = done = 0
    for split, rows in sizes.items():
        for start in range(0, rows, most):
            stop = min(rows, start + most)
            yield Part(number, split, start, stop, done)
            number, done = number + 1, done + stop - start

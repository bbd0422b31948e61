"""The rows that a scoring asks a model about: those of a dataset, or of an upload."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from worker.data.dataset import Dataset, Split
from worker.data.progress import Phase
from worker.data.unlabelled.rows import UPLOAD, Problems
from worker.errors import InvalidParameter
from worker.jobs.attempt import Attempt
from worker.jsontypes import Json
from worker.serving.loaded_models import Loaded
from worker.store.features import Key
from worker.tasks.context import WorkerContext
from worker.tasks.features import Features, seen_by_backbone
from worker.tasks.unlabelled import uploaded_rows
from worker.tasks.uploaded import Check

Tell = Callable[[str, int, int | None], None]


class Asked(NamedTuple):
    """A split as the model takes it.

    Attributes:
        classes: those of the dataset, by their numbers; None stands for one that nobody knows.
        names: how its rows were called in the upload; None where that is not known.
        problems: of rows about which the model cannot be asked; None where there can be none.
        warnings: what is odd about all rows together.
    """

    rows: Split
    classes: Sequence[str | None]
    names: Sequence[str] | None
    problems: Problems | None = None
    warnings: Sequence[Json] = ()


def of_upload(
    context: WorkerContext, attempt: Attempt, model: Loaded, check: Check, tell: Tell
) -> dict[str, Asked]:
    """Returns the rows of an upload, as the only split.

    Args:
        check: raises when the upload is no longer to be read, or there is no room for it.
        tell: called with the phase, how far it is, and of how much.

    Raises:
        WorkerError: they cannot be made, or the attempt must end.
    """

    def reading(_: Phase, done: int, total: int | None) -> None:
        tell("reading", done, total)

    found = uploaded_rows(context, attempt.record.id, model, check, reading)
    return {UPLOAD: Asked(found.rows, [None], found.names, found.problems, found.warnings)}


def of_dataset(context: WorkerContext, attempt: Attempt, model: Loaded) -> dict[str, Asked]:
    """Returns the splits that are asked for, of a dataset that the model takes.

    Raises:
        WorkerError: there is no such dataset, or the attempt must end.
    """
    store, body = context.store, attempt.record.body
    dataset_id, split = body["dataset"], body["split"]
    if model.backbone is None:
        store.datasets.local_arrays(dataset_id, attempt.check)  # compares the digest
        dataset = store.datasets.mapped(dataset_id)
    else:
        dataset = _by_features(context, attempt, Key(dataset_id, model.backbone))
    return {
        name: Asked(rows, dataset.classes, store.datasets.names(dataset_id, name))
        for name, rows in dataset.splits.items()
        if split in (None, name)
    }


def _by_features(context: WorkerContext, attempt: Attempt, key: Key) -> Dataset:
    """The dataset with the features that the model's backbone makes of its pictures."""
    store, body = context.store, attempt.record.body
    learned = store.models.manifest(body["model"], body["version"])["preprocessing"]
    pictures = store.datasets.mapped(key.dataset)
    seen = {"preprocessing": pictures.preprocessing} | seen_by_backbone(key, store)
    if seen["preprocessing"] != learned:
        raise InvalidParameter(
            "Expected pictures that reach the backbone as those did on which the model was "
            f"trained, which were {size_of(learned)}, but these are "
            f"{size_of(seen['preprocessing'])}. Upload the files of pictures, and not arrays "
            "of them."
        )
    Features(context, attempt, key, {"done": None, "total": None}).key()
    return store.features.of(pictures, key)


def size_of(preprocessing: Json) -> str:
    """Returns how large pictures are before a backbone sees them."""
    return "{height} x {width}".format(**preprocessing)

"""Notes and tags of jobs, datasets and models, as they are set after these were made."""

from collections.abc import Callable, Mapping
from functools import partial

from worker.errors import ModelNotFound
from worker.jobs.record import Record, kind_of
from worker.jobs.transitions import Transitions
from worker.jobs.trash import gone
from worker.spec.labels import LabelsPatch
from worker.store.labels import MODEL, NONE
from worker.store.store import Store


class Labelling:
    """Changes labels: first in the store, which is the truth about them, and then in Redis, by
    which lists are filtered.

    Every method raises StoreFull if the disk is full.
    """

    def __init__(self, store: Store, records: Mapping[str, Transitions]) -> None:
        self._store, self._records = store, records

    def record(
        self, record_id: str, patch: LabelsPatch, check: Callable[[], None] = lambda: None
    ) -> Record:
        """Set notes or tags of a job or a dataset. Returns its record then.

        Args:
            check: raises if they are not to be changed; nobody else changes them meanwhile.

        Raises:
            RecordNotFound: there is none of this id.
            QueueUnavailable: Redis does not answer, or is being told which records there are; the
                change may be made or not.
        """
        kind = kind_of(record_id)
        records = self._records[kind]
        with self._store.archive.remembering(record_id):
            before = records.get(record_id)
        made_with = {"notes": before.body.get("notes", ""), "tags": before.body.get("tags", [])}
        tell = partial(records.label, record_id)
        try:
            self._store.labels.change(kind, record_id, changes(patch), made_with, check, tell)
            with self._store.archive.remembering(record_id):
                return records.get(record_id)
        except FileNotFoundError as error:
            raise gone(record_id) from error

    def model(self, name: str, patch: LabelsPatch) -> None:
        """Set notes or tags of a model.

        Raises:
            ModelNotFound: there is none of this name.
        """
        self._store.models.newest(name)
        try:
            self._store.labels.change(MODEL, name, changes(patch))
        except FileNotFoundError as error:
            raise ModelNotFound(f"No model has the name {name}.") from error


def changes(patch: LabelsPatch) -> dict[str, object]:
    """Returns what a patch sets: what it names, and of what it takes away that nothing is left."""
    said = patch.model_dump(include=patch.model_fields_set)
    return {name: NONE[name] if value is None else value for name, value in said.items()}

"""What versions of models answered, read once for many pages of wrong answers."""

from collections import OrderedDict
from pathlib import Path
from threading import Lock

from worker.data.row_answers import FILE, RowAnswers, of_arrays
from worker.errors import InvalidParameter, ModelNotFound
from worker.jsontypes import Json
from worker.store import tensor_file
from worker.store.model_files import digest_in
from worker.store.models import ModelStore

MOST_KEPT, MOST_BYTES = 8, 2**26

Key = tuple[str, str]  # the digest of a file, and a split


class KeptAnswers:
    """The answers for the splits that were asked for last: so many, and so many bytes of them, but
    always one."""

    def __init__(self, models: ModelStore) -> None:
        self._models = models
        self._kept: OrderedDict[Key, RowAnswers] = OrderedDict()
        self._lock = Lock()

    def get(self, manifest: Json, split: str) -> RowAnswers:
        """Returns what a version answered for the rows of a split.

        Args:
            manifest: of the version, as it is now: whoever has one knows that it is there.

        Raises:
            ModelNotFound: nobody has kept what it answered.
            DamagedModel: what is kept is not what was published.
            InvalidParameter: it was not measured on this split.
        """
        name, version, digest = manifest["name"], manifest["version"], digest_in(manifest, FILE)
        if digest is None:
            raise ModelNotFound(
                f"Expected a version of which is known what it answered, but version {version} of "
                f"{name} was published before that was kept. Train it again."
            )
        with self._lock:
            if (known := self._kept.get((digest, split))) is not None:
                self._kept.move_to_end((digest, split))
                return known
        answers = self._read(name, version, split)
        with self._lock:
            self._kept[digest, split] = answers
            while len(self._kept) > 1 and self._too_many():
                self._kept.popitem(last=False)
        return answers

    def _too_many(self) -> bool:
        size = sum(answers.bytes for answers in self._kept.values())
        return len(self._kept) > MOST_KEPT or size > MOST_BYTES

    def _read(self, name: str, version: int, split: str) -> RowAnswers:
        with self._models.file(name, version, FILE).file as file:
            splits = of_arrays(tensor_file.read(Path(file.name))[0])
        if split not in splits:
            raise InvalidParameter(
                f"Expected a split on which the version was measured, {', '.join(splits)}, got "
                f"{split}. Ask for one of them."
            )
        return splits[split].copied()

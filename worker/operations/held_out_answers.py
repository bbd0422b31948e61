"""What networks answered for rows that folds had held out from their training."""

from collections.abc import Iterator
from typing import NamedTuple

from worker.data.dataset import SPLITS
from worker.errors import ModelNotFound
from worker.jsontypes import Json
from worker.operations.wrong_answers import Rows
from worker.store.model_files import HELD_OUT, digest_in
from worker.store.store import Store
from worker.store.tensor_file import Tensors


class HeldOutAnswer(NamedTuple):
    """What a network answered for a row.

    Attributes:
        repeat, fold: which fold the row was in, both counted from 1.
        predicted: the class that was answered.
        probability, true_probability: of that one, and of the class that the row has.
    """

    repeat: int
    fold: int
    predicted: str
    probability: float
    true_probability: float


class HeldOutRow(NamedTuple):
    """A row, and an answer for each repeat.

    Attributes:
        split, row: where the dataset has it.
        name: of its file in the upload, if that is known.
        label: its class.
        has_picture: whether the dataset is there and shows it.
    """

    split: str
    row: int
    name: str | None
    label: str
    answers: list[HeldOutAnswer]
    has_picture: bool


class HeldOutAnswers:
    """All of a version, in the order of the rows.

    Attributes:
        dataset: the id of the one that has the rows.
        rows: how many there are.

    Raises:
        ModelNotFound: there is no such version, or it was trained without folds.
        DamagedModel: what is kept is not what was published.
    """

    def __init__(self, store: Store, name: str, version: int) -> None:
        manifest = store.models.manifest(name, version)
        if digest_in(manifest, HELD_OUT) is None:
            raise ModelNotFound(
                f"Expected a version that was trained with folds, but version {version} of {name} "
                'was not: nothing was held out. Train it with "folds": 5.'
            )
        self._kept: Tensors = store.models.tensors(name, version, HELD_OUT)
        self._manifest: Json = manifest
        self._splits = [Rows(store, manifest, split) for split in SPLITS[:2]]
        self.dataset: str = manifest["dataset"]["id"]
        self.rows = len(self._kept["row"])

    def after(self, after: int = 0) -> Iterator[HeldOutRow]:
        """Yields the rows behind so many; each is looked up when it is taken."""
        for at in range(after, self.rows):
            split, row, label = (int(self._kept[name][at]) for name in ("split", "row", "label"))
            known = self._splits[split]
            named = known.name(row), self._manifest["classes"][label]
            yield HeldOutRow(SPLITS[split], row, *named, self._answers(at), known.pictures)

    def _answers(self, at: int) -> list[HeldOutAnswer]:
        kept, classes = self._kept, self._manifest["classes"]
        names = ("fold", "said", "sure", "given")
        columns = zip(*(kept[name][:, at].tolist() for name in names), strict=True)
        return [
            HeldOutAnswer(repeat, fold, classes[said], sure, given)
            for repeat, (fold, said, sure, given) in enumerate(columns, 1)
        ]

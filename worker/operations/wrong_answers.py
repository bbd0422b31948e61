"""What a version of a model answered wrong, the surest first."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from worker.data.row_answers import RowAnswers
from worker.data.sheet.errors import errors_sheet
from worker.errors import DatasetNotFound, InvalidParameter
from worker.jsontypes import Json
from worker.nn.arrays import Array
from worker.operations.kept_answers import KeptAnswers
from worker.operations.named_class import number_of
from worker.store.store import Store


class WrongAnswer(NamedTuple):
    """A row that was answered wrong.

    Attributes:
        split, row: where the dataset has it.
        name: of its file in the upload, if that is known.
        label, said: its class, and the answer.
        probability: of the answer.
        label_probability: of its class.
        looks_mislabelled: whether it looks as if it had the class that was answered.
        has_picture: whether the dataset is there and shows it.
    """

    split: str
    row: int
    name: str | None
    label: str
    said: str
    probability: float
    label_probability: float
    looks_mislabelled: bool
    has_picture: bool


class Found(NamedTuple):
    """Wrong answers for the rows of a split.

    Attributes:
        dataset: the id of the one on which the version was measured.
        rows: of the split, of which answers are kept: its first MOST_ROWS at most.
        wrong: how many answers are as they were asked for.
        answers: each is looked up when it is taken.
    """

    dataset: str
    rows: int
    wrong: int
    answers: Iterator[WrongAnswer]


class WrongAnswers:
    """Wrong answers of the versions in a store.

    Every method raises

        ModelNotFound: there is no such version, or nobody has kept what it answered.
        DamagedModel: what is kept is not what was published.
        InvalidParameter: it was not measured on this split, or has no such class.
    """

    def __init__(self, store: Store) -> None:
        self._store, self._kept = store, KeptAnswers(store.models)

    def of(
        self,
        name: str,
        version: int,
        split: str,
        label: str | None = None,
        said: str | None = None,
        after: int = 0,
    ) -> Found:
        """Returns the wrong answers of a version for rows of this class, or of any, that were
        answered so, or in any way; the surest first.

        Args:
            after: so many of the first are left out.
        """
        manifest, answers = self._answers(name, version, split)
        chosen = chosen_rows(answers, manifest["classes"], label, said)
        dataset = manifest["dataset"]["id"]
        shown = self._shown(manifest, answers, chosen[after:])
        return Found(dataset, len(answers.row), len(chosen), shown)

    def sheet(
        self, name: str, version: int, split: str, label: str | None = None, said: str | None = None
    ) -> bytes:
        """Returns a PNG with the pictures of such rows, the surest first.

        Raises:
            DatasetNotFound: the pictures are not there any more.
        """
        manifest, answers = self._answers(name, version, split)
        dataset = self._store.datasets.manifest(manifest["dataset"]["id"])
        if len(dataset["shape"]) != 3:  # height, width and channels
            raise InvalidParameter(
                f"Expected a model of pictures, got {name}, which was trained on rows. Ask for "
                "its errors without .png."
            )
        chosen = chosen_rows(answers, manifest["classes"], label, said)
        rows = self._store.datasets.rows(dataset["id"], answers.source)
        title = f"{name}, version {version}: {split}, {len(chosen):,} of {len(answers.row):,} wrong"
        return errors_sheet(rows, dataset["shape"], title, manifest["classes"], answers, chosen)

    def _answers(self, name: str, version: int, split: str) -> tuple[Json, RowAnswers]:
        """The manifest of a version, and what it answered for the rows of a split."""
        manifest = self._store.models.manifest(name, version)
        return manifest, self._kept.get(manifest, split)

    def _shown(self, manifest: Json, answers: RowAnswers, chosen: Array) -> Iterator[WrongAnswer]:
        classes, rows = manifest["classes"], Rows(self._store, manifest, answers.source)
        odd = answers.looks_mislabelled()
        for at in chosen.tolist():
            row = int(answers.row[at])
            yield WrongAnswer(
                split=answers.source,
                row=row,
                name=rows.name(row),
                label=classes[answers.label[at]],
                said=classes[answers.said[at]],
                probability=float(answers.sure[at]),
                label_probability=float(answers.given[at]),
                looks_mislabelled=bool(odd[at]),
                has_picture=rows.pictures,
            )


class Rows:
    """The rows of a split of the dataset on which a version was measured, if that is still there.

    Attributes:
        pictures: whether it is, and has pictures.
    """

    def __init__(self, store: Store, manifest: Json, split: str) -> None:
        dataset = manifest["dataset"]["id"]
        self._rows = store.datasets.rows(dataset, split) if store.datasets.has(dataset) else None
        self.pictures = self._rows is not None and len(manifest["shape"]) == 3

    def name(self, row: int) -> str | None:
        """Returns how a row was called in the upload, if that is known."""
        try:
            return None if self._rows is None else self._rows.name(row)
        except DatasetNotFound:  # deleted meanwhile
            return None


def chosen_rows(
    answers: RowAnswers, classes: Sequence[str], label: str | None, said: str | None
) -> Array:
    """Returns where wrong answers are, the surest first, of this class and so answered.

    Raises:
        InvalidParameter: there is no such class.
    """
    return answers.surest_wrong(
        None if label is None else number_of(classes, label, "model"),
        None if said is None else number_of(classes, said, "model"),
    )

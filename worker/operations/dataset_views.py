"""What may be seen of a dataset: its rows, a sheet of its pictures, what its numbers are like."""

import hashlib
from contextlib import suppress
from math import prod
from typing import NamedTuple

from worker.data.named_rows import named_rows, named_together
from worker.data.pictures.png import png
from worker.data.sheet.evidence import evidence_sheet
from worker.data.sheet.sheet import sheet
from worker.data.statistics import statistics
from worker.data.tables.preprocessing import TablePreprocessing
from worker.errors import InvalidParameter, LimitExceeded, RowNotFound, StoreFull
from worker.jsontypes import Json
from worker.operations.datasets import Datasets
from worker.operations.named_class import number_of
from worker.operations.ready_dataset import manifest_of
from worker.store.datasets import DatasetStore

MOST_VALUES = 2**16  # of a row that is answered as numbers


class Row(NamedTuple):
    """A row of a dataset.

    Attributes:
        label: its class.
        name: of its file in the upload, if it was one.
        sha256: of its bytes as the dataset has them, in hexadecimal digits.
        findings: the codes of those that name it.
        values: its numbers; None for a picture.
    """

    label: str
    name: str | None
    sha256: str
    findings: list[str]
    values: list[float] | None


class DatasetViews:
    """Views of datasets that are ready. They do not compare a dataset with its digest: that would
    be to read all of it.

    Every method raises DatasetNotReady, or what `Datasets.get` raises.
    """

    def __init__(self, datasets: Datasets, store: DatasetStore) -> None:
        self._datasets, self._store = datasets, store

    def row(self, dataset_id: str, split: str, number: int) -> Row:
        """Returns what is known of a row.

        Args:
            number: counted from 0.

        Raises:
            InvalidParameter: the dataset has no such split.
            LimitExceeded: it has more than MOST_VALUES numbers and is no picture.
            RowNotFound: the split has fewer rows.
        """
        manifest = self._with_row(dataset_id, split, number)
        if not (is_picture := _has_pictures(manifest)):
            _expect_few(prod(manifest["shape"]))
        rows = self._store.rows(dataset_id, split)
        sample = rows.row(number)
        named = named_rows(manifest["findings"], split).get(number, ())
        return Row(
            label=manifest["classes"][rows.label(number)],
            name=rows.name(number),
            sha256=hashlib.sha256(sample.data).hexdigest(),
            findings=[finding["code"] for finding in named],
            values=None if is_picture else sample.ravel().tolist(),
        )

    def picture(self, dataset_id: str, split: str, number: int) -> bytes:
        """Returns a row as a PNG that has exactly its pixels.

        Raises:
            InvalidParameter: the dataset has no such split, or no pictures.
            RowNotFound: the split has fewer rows.
        """
        _expect_pictures(self._with_row(dataset_id, split, number))
        return png(self._store.rows(dataset_id, split).row(number))

    def sheet(
        self, dataset_id: str, split: str, class_name: str | None = None, rows: int | None = None
    ) -> bytes:
        """Returns a PNG with some pictures of each class, or of one.

        Args:
            rows: pictures of each; None leaves it to the number of classes.

        Raises:
            InvalidParameter: the dataset has no such split, no such class, or no pictures.
        """
        manifest = manifest_of(self._datasets.get(dataset_id))
        _expect_pictures(manifest)
        _expect_split(manifest, split)
        label = (
            None if class_name is None else number_of(manifest["classes"], class_name, "dataset")
        )
        return sheet(self._store.rows(dataset_id, split), manifest, split, label, rows)

    def evidence(self, dataset_id: str, code: str) -> bytes:
        """Returns a PNG with the pictures that a finding names.

        Raises:
            InvalidParameter: the dataset has no pictures.
            RowNotFound: it has no such finding, or that names no rows.
        """
        manifest = manifest_of(self._datasets.get(dataset_id))
        _expect_pictures(manifest)
        naming = {each["code"]: each for each in manifest["findings"] if any(named_together(each))}
        if code not in naming:
            there = f"of which the dataset has {', '.join(naming) or 'none'}"
            raise RowNotFound(f"Expected a finding that names rows, {there}, got {code[:80]}.")
        splits = {split: self._store.rows(dataset_id, split) for split in manifest["splits"]}
        return evidence_sheet(splits, manifest, naming[code])

    def known_statistics(self, dataset_id: str) -> Json | None:
        """Returns the statistics of a dataset; None if they have yet to be computed."""
        manifest = manifest_of(self._datasets.get(dataset_id))
        found = self._store.statistics(dataset_id)
        if found is None or found["digest"] != manifest["digest"]:
            return None
        return _with_names(found, manifest)

    def statistics(self, dataset_id: str) -> Json:
        """Returns them, and computes them the first time, for which all rows are read."""
        if (found := self.known_statistics(dataset_id)) is not None:
            return found
        manifest = manifest_of(self._datasets.get(dataset_id))
        splits = {split: self._store.rows(dataset_id, split) for split in manifest["splits"]}
        computed = statistics(splits, manifest["classes"], manifest["shape"])
        found = {"dataset": dataset_id, "digest": manifest["digest"], **computed}
        with suppress(StoreFull, OSError):  # they are worth an answer, if there is no room for them
            self._store.keep_statistics(dataset_id, found)
        return _with_names(found, manifest)

    def _with_row(self, dataset_id: str, split: str, number: int) -> Json:
        """The manifest of a dataset that has this row."""
        manifest = manifest_of(self._datasets.get(dataset_id))
        _expect_split(manifest, split)
        rows = manifest["splits"][split]["rows"]
        if not 0 <= number < rows:
            raise RowNotFound(
                f"Expected a row from 0 to {rows - 1:,} of the split {split}, got {number:,}."
            )
        return manifest


def _with_names(found: Json, manifest: Json) -> Json:
    """Statistics with what each of the columns of a table is called."""
    how, names = manifest["preprocessing"], None
    if "columns" in how:
        names = TablePreprocessing.from_dict(how).feature_names[: len(found["edges"])]
    return {**found, "features": names}


def _expect_split(manifest: Json, split: str) -> None:
    if split not in manifest["splits"]:
        there = ", ".join(manifest["splits"])
        raise InvalidParameter(
            f"Expected a split that the dataset has, {there}, got {split}. Ask for one of them."
        )


def _has_pictures(manifest: Json) -> bool:
    return len(manifest["shape"]) == 3  # height, width and channels


def _expect_pictures(manifest: Json) -> None:
    if not _has_pictures(manifest):
        raise InvalidParameter(
            f"Expected a dataset of pictures, got one of {manifest['kind']}. Ask for its rows "
            "or its statistics."
        )


def _expect_few(values: int) -> None:
    if values > MOST_VALUES:
        raise LimitExceeded(
            f"Expected a row of at most {MOST_VALUES:,} numbers to show, got one of {values:,}."
        )

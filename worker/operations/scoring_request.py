"""What a scoring must fulfil before it is accepted."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from worker.errors import (
    DatasetNotFound,
    InvalidParameter,
    ModelNotFound,
)
from worker.jobs.record import Record, State, is_id
from worker.jobs.transitions import Transitions
from worker.jsontypes import Json
from worker.operations.newest_called import newest_called
from worker.operations.ready_dataset import manifest_of
from worker.spec.scoring import AnswersSpec, ScoringSpec
from worker.store.aliases import CHAMPION
from worker.store.operating_point import USUAL, OperatingPoint, check_threshold
from worker.store.store import Store

PICTURE = 3  # height, width and channels of its shape


class ScoringRequests:
    """Says which version and which dataset are meant, and refuses what would certainly fail."""

    def __init__(self, datasets: Transitions, store: Store) -> None:
        self._datasets, self._store = datasets, store

    def admitted(self, spec: ScoringSpec) -> Json:
        """Returns the body of a scoring, which names a version and the id of a dataset.

        Raises:
            DatasetNotReady: the dataset is not imported yet, was rejected, or is in the trash.
            InvalidParameter: there is no such model, version, dataset or split, or the model does
                not take what the dataset has.
            DamagedModel: nobody can tell which version is the champion.
            QueueUnavailable: Redis does not answer, or does not know the dataset again yet.
        """
        model, answering = self._answering(spec)
        dataset = self._dataset(spec.dataset)
        manifest = manifest_of(dataset)
        if spec.split is not None and spec.split not in manifest["splits"]:
            there = ", ".join(manifest["splits"])
            raise InvalidParameter(
                f"Expected a split that the dataset has, {there}, got {spec.split}.", "/split"
            )
        check_takes(model, manifest)
        return {**answering, "dataset": dataset.id}

    def answering(self, spec: AnswersSpec) -> Json:
        """Returns what the body of a scoring says of the version that is meant.

        Raises:
            InvalidParameter: there is no such model or version.
            DamagedModel: nobody can tell which version is the champion.
        """
        return self._answering(spec)[1]

    def _answering(self, spec: AnswersSpec) -> tuple[Json, Json]:
        """The manifest of the version that is meant, and what the body says of it."""
        model, point = self._model(spec)
        return model, {
            **spec.model_dump(mode="json"),
            "version": model["version"],
            "threshold": point.threshold,
            "unsure": point.unsure,
            "device": "cpu",  # as models that are served answer
        }

    def _model(self, spec: AnswersSpec) -> tuple[Json, OperatingPoint]:
        """The manifest of the version that is meant, and how it is to answer."""
        place, aliases = "model" if spec.version is None else "version", self._store.aliases
        try:
            version = spec.version or aliases.answering(spec.model)
            manifest = self._store.models.manifest(spec.model, version)
        except ModelNotFound as error:
            raise InvalidParameter(f"{error} GET /v1/models lists them.", f"/{place}") from error
        by_alias = aliases.of(spec.model).operating_point(CHAMPION)
        point = USUAL if spec.version is not None else by_alias
        classes = len(manifest["classes"])
        check_threshold(spec.threshold, spec.model, classes, at="/threshold")
        if spec.threshold is not None:
            point = replace(point, threshold=spec.threshold)
        return manifest, point.among(classes)

    @contextmanager
    def dataset_named(self, name: str) -> Iterator[None]:
        """Within this block, a dataset that does not exist is a fault of the scoring that names
        it."""
        try:
            with self._store.archive.remembering(name):
                yield
        except DatasetNotFound as error:
            raise InvalidParameter(f"{error} Upload one first.", "/dataset") from error

    def _dataset(self, name: str) -> Record:
        """The dataset of this id, or the newest one of this name that is ready."""
        with self.dataset_named(name):
            if is_id("ds", name):
                return self._datasets.get(name)
            if (found := newest_called(name, self._datasets, is_ready)) is None:
                raise DatasetNotFound(f"No dataset has the name {name!r:.80}.")
            return found


def is_ready(dataset: Record) -> bool:
    """Whether a dataset is imported, and was not only checked."""
    return dataset.state is State.SUCCEEDED and not dataset.body.get("dry_run")


def check_takes(model: Json, dataset: Json) -> None:
    """Refuse a dataset that this model cannot be asked about.

    Args:
        model, dataset: their manifests.

    Raises:
        InvalidParameter: its samples are made otherwise than those on which the model was trained.
    """
    told = f"version {model['version']} of {model['name']}"
    if model.get("backbone") is not None:
        if len(dataset["shape"]) != PICTURE:
            raise InvalidParameter(
                f"Expected a dataset of pictures, which {told} takes, got one of a table.",
                "/dataset",
            )
        return  # how its pictures become what the backbone is given, its files say
    for what, theirs, ours in (
        ("shape", model["shape"], dataset["shape"]),
        ("preprocessing", model["preprocessing"], dataset["preprocessing"]),
    ):
        if theirs != ours:
            raise InvalidParameter(
                f"Expected a dataset whose samples are made as those that {told} takes, but their "
                f"{what} is {shown(ours, theirs)}, and that of the model {shown(theirs, ours)}. "
                "Import the files with the same options, or make a version of the dataset with the "
                "same image_size.",
                "/dataset",
            )


def shown(values: Any, others: Any) -> str:
    """What is otherwise in some values, in few words."""
    if isinstance(values, dict) and isinstance(others, dict):
        values = {name: value for name, value in values.items() if value != others.get(name)}
    return f"{values!s:.200}"

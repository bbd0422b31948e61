"""From a version that was published to one that answers: what the job itself does about it."""

import logging
from contextlib import suppress

from worker.data.dataset import Dataset, Split
from worker.errors import (
    DamagedDataset,
    DamagedModel,
    DatasetNotFound,
    ModelNotFound,
    Paused,
    Stopped,
    StoreFull,
    WorkerError,
)
from worker.jobs.attempt import Attempt
from worker.jsontypes import Json
from worker.operations.promotions import Promotions, told
from worker.serving.loaded_models import LoadedModels
from worker.serving.right_answers import right_answers
from worker.spec import JobSpec
from worker.store.features import Form, Key
from worker.store.right_answers import MOST_ROWS, AskedRows
from worker.tasks.context import WorkerContext

GONE = (DatasetNotFound, DamagedDataset, ModelNotFound, DamagedModel, MemoryError)
FORMS: tuple[Form, ...] = ("plain", "both")  # the rows for testing are the same in both

log = logging.getLogger(__name__)


def promote(context: WorkerContext, attempt: Attempt, spec: JobSpec) -> None:
    """Make the version that a job has published champion, if its spec and the guard let it; the
    record tells under `promotion` what came of it.

    A later attempt of the job does the same again, and what was done already once.

    Raises:
        LeaseLost: the attempt does not hold the lease any more.
        Preempted: the worker was told to end.
    """
    name, store, job_id = spec.model, context.store, attempt.record.id
    version = store.models.version_of(name, job_id)
    if version is None:  # it was withdrawn; how the attempt ends is for its record to say
        return
    comparison = Comparison(context, attempt, name)
    try:
        comparison.ask(version, version)
        promotion = Promotions(store).after_job(
            name,
            version,
            job_id,
            spec.promote,
            compare=lambda champion: comparison.ask(version, champion),
            check=lambda: context.records["job"].check_held(attempt.record),
        )
    except (StoreFull, DamagedModel, ModelNotFound) as error:  # the version is there all the same
        promotion = told(False, None, str(error))
    attempt.note(promotion=promotion)


class Comparison:
    """Asks versions of a model about the rows by which others were tested, and keeps which they
    answered right."""

    def __init__(self, context: WorkerContext, attempt: Attempt, name: str) -> None:
        self._store, self._attempt, self._name = context.store, attempt, name
        self._models = LoadedModels(context.store.models, context.settings)
        self._asked: dict[str, tuple[Dataset, AskedRows]] = {}

    def ask(self, first: int, second: int) -> list[str]:
        """Ask both versions about the test rows of the dataset of each. Returns why one was not
        asked about some of them.

        Raises:
            ModelNotFound: there is no such version.
            StoreFull: the disk is full.
        """
        versions = {number: self._manifest(number) for number in (first, second)}
        classes = [{*manifest["classes"]} for manifest in versions.values()]
        if any(own != classes[0] for own in classes):
            return []  # which says enough
        datasets = dict.fromkeys(manifest["dataset"]["id"] for manifest in versions.values())
        reasons = []
        for dataset_id in datasets:
            for number, manifest in versions.items():
                try:
                    self._ask(number, manifest, dataset_id)
                except (*GONE, NotAsked) as error:
                    reasons.append(reason(number, dataset_id, str(error) or "memory is short."))
                except WorkerError:
                    raise
                except Exception:  # a version that is published is no failure for this
                    log.exception("a version cannot be asked")
                    why = "that failed unexpectedly; the worker's log tells how."
                    reasons.append(reason(number, dataset_id, why))
        return reasons

    def _manifest(self, number: int) -> Json:
        return self._store.models.manifest(self._name, number)

    def _ask(self, number: int, manifest: Json, dataset_id: str) -> None:
        dataset, asked = self._rows(dataset_id)
        if len(asked.rows) and not self._store.right_answers.has(self._name, manifest, asked):
            rows = self._taken(manifest, dataset).first(MOST_ROWS)
            model = self._models.get(self._name, number)
            right = right_answers(model, rows, dataset.classes, self._check)
            self._store.right_answers.keep(self._name, manifest, asked, right)

    def _rows(self, dataset_id: str) -> tuple[Dataset, AskedRows]:
        """A dataset, which is checked once, and its test rows."""
        if dataset_id not in self._asked:
            dataset = self._store.datasets.open(dataset_id)
            self._asked[dataset_id] = dataset, AskedRows.of(dataset_id, dataset.splits["test"])
        return self._asked[dataset_id]

    def _taken(self, manifest: Json, dataset: Dataset) -> Split:
        """The test rows of a dataset as a version takes them."""
        features = self._store.features
        if (backbone := manifest.get("backbone")) is not None:
            for form in FORMS:
                key = Key(dataset.id, backbone, form)
                if features.local_arrays(key, self._check) is not None:
                    return features.of(dataset, key).splits["test"]
            raise NotAsked("the features that its backbone makes of them are not there.")
        takes = manifest["shape"], manifest["preprocessing"]
        if (dataset.shape, dataset.preprocessing) != takes:
            raise NotAsked("they are made otherwise than those that it takes.")
        return dataset.splits["test"]

    def _check(self) -> None:
        """Raise if the attempt must end. For a pause or a stop it is too late."""
        with suppress(Stopped, Paused):
            self._attempt.check()


def reason(version: int, dataset_id: str, why: str) -> str:
    return f"Version {version} was not asked about the test rows of {dataset_id}: {why}"


class NotAsked(Exception):
    """A version cannot be asked about some rows; the message ends a sentence that says so."""

"""Several jobs side by side: what differs in what was asked for, and what came of it."""

from collections.abc import Sequence
from typing import NamedTuple

from worker.errors import DatasetNotFound, InvalidParameter, ModelNotFound
from worker.findings.letters import LETTERS
from worker.findings.parting import parting
from worker.jobs.record import Record
from worker.jsontypes import Json
from worker.operations.aligned_curves import AlignedCurves, Axis, aligned
from worker.operations.comparison_words import in_words
from worker.operations.differences import Difference, differing
from worker.operations.jobs import Jobs
from worker.operations.same_rows import SameRows, Version, same_rows
from worker.store.store import Store
from worker.store.stored_spec import BESIDE

LEAST, MOST = 2, len(LETTERS)  # jobs
INSTRUCTIONS = "instructions"  # of an environment: all that a processor can do, as words
# Of a spec: what it learns from is compared by itself, and the others are labels of a person.
LEFT_OUT = ("dataset", "notes", "tags", *BESIDE)


class Training(NamedTuple):
    """A job, and how far its latest attempt came.

    Attributes:
        epochs: that it has told of.
        seconds: of training until then; None before the first.
    """

    record: Record
    epochs: int
    seconds: float | None

    @classmethod
    def of(cls, record: Record, rows: Sequence[Json]) -> "Training":
        """Returns a job with these rows of metrics."""
        return cls(record, *((rows[-1]["epoch"], rows[-1]["seconds"]) if rows else (0, None)))


class Differences(NamedTuple):
    """Where jobs differ: in what was asked for, in what they learned from, and where they were
    trained, as far as that is known."""

    spec: list[Difference]
    dataset: list[Difference]
    environment: list[Difference]


class Comparison(NamedTuple):
    """Several jobs side by side.

    Attributes:
        trainings: the jobs, in the order in which they were named.
        parting: the place in `curves.at` from which on their costs are apart; None if they are
            together at the last place that all have.
        same_rows: how their models answered the same test rows; None if fewer than two did.
        said: what comes of it, in words.
    """

    trainings: list[Training]
    differences: Differences
    curves: AlignedCurves
    parting: int | None
    same_rows: SameRows | None
    said: str


class Comparisons:
    """Comparisons of jobs in a store."""

    def __init__(self, jobs: Jobs, store: Store) -> None:
        self._jobs, self._store = jobs, store

    def of(self, ids: Sequence[str], by: Axis, points: int) -> Comparison:
        """Returns jobs side by side, their curves at no more than so many places.

        Raises:
            InvalidParameter: they are too few, too many, or one is named twice.
            JobNotFound: there is no such job.
            QueueUnavailable: Redis does not answer.
        """
        if not LEAST <= len(ids) <= MOST or len({*ids}) < len(ids):
            raise InvalidParameter(
                f"Expected {LEAST} to {MOST} different jobs, got {len(ids)}: {', '.join(ids):.200}."
            )
        records = [self._jobs.get(job_id) for job_id in ids]
        versions = [self._version(record) for record in records]
        rows = [self._rows(record, points) for record in records]
        curves = aligned(rows, by, points)
        differences = Differences(
            spec=[*differing([{**record.body, **dict.fromkeys(LEFT_OUT)} for record in records])],
            dataset=[*differing([self._dataset(record) for record in records])],
            environment=[*differing(environments(records, versions))],
        )
        apart = parting([curve["loss"] for curve in curves.curves])
        compared = same_rows(self._store.right_answers, versions)
        place = None if apart is None else curves.at[apart]
        said = in_words(differences.spec, len(differences.dataset), (by, place), compared)
        trainings = [Training.of(*each) for each in zip(records, rows, strict=True)]
        return Comparison(trainings, differences, curves, apart, compared, said)

    def _rows(self, record: Record, points: int) -> list[Json]:
        return self._store.jobs.sampled_metrics(record.id, record.attempt, points)

    def _version(self, record: Record) -> Version | None:
        """What a job has published, if that is there."""
        if record.version is None:
            return None
        name = record.body["model"]
        try:
            return name, self._store.models.manifest(name, record.version)
        except ModelNotFound:
            return None

    def _dataset(self, record: Record) -> Json:
        """What is known of the dataset of a job; that is its id alone, once it was deleted."""
        about = {"id": record.body["dataset"]}
        try:
            manifest = self._store.datasets.manifest(about["id"])
        except DatasetNotFound:
            return about
        kept = ("digest", "classes", "shape")
        rows = {name: split["rows"] for name, split in manifest["splits"].items()}
        return {**about, **{name: manifest[name] for name in kept}, "rows": rows}


def environments(records: Sequence[Record], versions: Sequence[Version | None]) -> list[Json]:
    """Where each job was trained; of what the processors can do, what not all can."""
    known = [
        {} if version is None else dict(version[1].get("environment", {})) for version in versions
    ]
    can = [{*each[INSTRUCTIONS].split()} for each in known if INSTRUCTIONS in each]
    for each in known:
        if INSTRUCTIONS in each:
            own = {*each[INSTRUCTIONS].split()} - set.intersection(*can)
            each[INSTRUCTIONS] = " ".join(sorted(own))
    return [{"device": record.device, **each} for record, each in zip(records, known, strict=True)]

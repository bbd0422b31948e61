"""One step of a training, shown whole: of a job, or of what a job would be."""

from pydantic import ValidationError

from worker.data.dataset import Dataset
from worker.errors import InvalidParameter
from worker.operations.jobs import Jobs
from worker.operations.starting_model import origin_of
from worker.spec import ConstantSpec, JobSpec
from worker.store.store import Store
from worker.store.stored_spec import in_todays_words
from worker.training import build
from worker.training.lesson import Lesson, lesson
from worker.training.origin import Origin
from worker.training.problem import Problem


class Lessons:
    """First steps on a few rows of the datasets in a store. Each is computed anew."""

    def __init__(self, jobs: Jobs, store: Store) -> None:
        self._jobs, self._store = jobs, store

    def of_job(self, job_id: str) -> Lesson:
        """Returns the step with which a job began, or will begin.

        Raises:
            JobNotFound, DatasetNotFound, ModelNotFound: it, or what it learns from, is not there.
            QueueUnavailable: Redis does not answer.
            WorkerError: as `lesson` raises it.
        """
        body = self._jobs.get(job_id).body
        try:
            spec = JobSpec.model_validate(in_todays_words(body))
        except ValidationError as error:
            raise InvalidParameter(
                f"Expected a spec that this version accepts, but {job_id} is of another version. "
                "Send a spec instead."
            ) from error
        return self._lesson(spec)

    def of_spec(self, spec: JobSpec) -> Lesson:
        """Returns the step with which a job of this spec would begin.

        Raises:
            WorkerError: as `Jobs.whole` and `lesson` raise it.
        """
        return self._lesson(self._jobs.whole(spec))

    def _lesson(self, spec: JobSpec) -> Lesson:
        if spec.backbone is not None:
            raise InvalidParameter(
                "Expected a network that learns from the samples of its dataset, got one that "
                "learns from the features of a backbone, which a worker makes. Leave backbone out.",
                "/backbone",
            )
        # A few rows are shown and all may be measured; what is wrong with them does no harm.
        dataset = self._store.datasets.mapped(spec.dataset)
        return step_of(spec, dataset, origin_of(spec, self._store))


def step_of(spec: JobSpec, dataset: Dataset, origin: Origin | None = None) -> Lesson:
    """Returns the first step of a training on a dataset, shown whole.

    Args:
        origin: the model from which the spec starts, if it does from one.

    Raises:
        InvalidParameter: a layer can do nothing with what arrives there.
        LimitExceeded: as `lesson` raises it.
    """
    plan, scheduled = build.plan(spec, Problem.of_dataset(dataset)), spec.schedule != ConstantSpec()
    return lesson(plan, dataset, spec.optimizer.kind, scheduled, origin)

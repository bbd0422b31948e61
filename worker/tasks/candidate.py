"""A candidate of a sweep: trained and watched by its validation rows, and not published."""

from worker.jobs.attempt import Attempt
from worker.jsontypes import Json
from worker.spec import JobSpec
from worker.store.features import Key
from worker.tasks.context import WorkerContext
from worker.tasks.training import opened, watched
from worker.training.devices import Engines
from worker.training.evaluate import summary

TOLD = ("train", "validation")  # splits; by that for testing no candidate may be chosen


def trained_alone(
    context: WorkerContext, attempt: Attempt, spec: JobSpec, features: Key | None, engines: Engines
) -> Json:
    """Returns the summary of its evaluation, without the rows for testing."""
    _, samples = opened(spec, features, context.store)
    _, trained = watched(context, attempt, spec, samples, engines)
    attempt.note(ended_by=trained.ended_by)
    measured = {name: trained.result[name] for name in TOLD if name in trained.result}
    return summary(measured)

"""A candidate of a sweep: trained and watched by its validation rows, and not published."""

import logging

from worker.errors import StoreFull
from worker.jobs.attempt import Attempt
from worker.jsontypes import Json
from worker.spec import EarlyStoppingSpec, JobSpec
from worker.store.features import Key
from worker.tasks.context import WorkerContext
from worker.tasks.training import opened, watched
from worker.training.devices import Engines
from worker.training.evaluate import summary

VALIDATION = "validation"
TOLD = ("train", VALIDATION)  # splits; by that for testing no candidate may be chosen
NEVER = EarlyStoppingSpec(patience=1_000_000)
ANY = 0.5  # a share of the rows; a dataset that has rows to validate makes nothing of it

log = logging.getLogger(__name__)


def trained_alone(
    context: WorkerContext, attempt: Attempt, spec: JobSpec, features: Key | None, engines: Engines
) -> Json:
    """Returns the summary of its evaluation, without the rows for testing. What it answered for
    those to validate is kept.

    Args:
        spec: `at_its_best`.
    """
    _, samples = opened(spec, features, context.store)
    _, trained = watched(context, attempt, spec, samples, engines)
    attempt.note(ended_by=trained.ended_by)
    if (answers := trained.answers.get(VALIDATION)) is not None:
        try:
            context.store.candidate_answers.keep(attempt.record.id, answers)
        except StoreFull as error:  # then it is told apart by how many are right
            log.warning("%s keeps no answers: %s", attempt.record.id, error)
    return summary({name: trained.result[name] for name in TOLD if name in trained.result})


def at_its_best(spec: JobSpec) -> JobSpec:
    """Returns the same training, of which the weights of the best epoch are what is left."""
    if spec.early_stopping is not None:
        return spec
    watched_by = spec.validation_fraction or ANY
    return spec.model_copy(update={"early_stopping": NEVER, "validation_fraction": watched_by})

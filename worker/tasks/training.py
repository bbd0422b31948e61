"""A training for an attempt: on what, from where an earlier attempt was, and who looks on."""

from collections.abc import Callable
from dataclasses import replace

from worker.data.dataset import Dataset
from worker.errors import CheckpointNotFound
from worker.jobs.attempt import Attempt
from worker.operations.starting_model import origin_of
from worker.spec import JobSpec
from worker.store.features import Key
from worker.store.store import Store
from worker.tasks.context import WorkerContext
from worker.training.chain import ONCE, Again
from worker.training.devices import Engines
from worker.training.fit import Trained, train
from worker.training.loop import Checkpoint
from worker.watch import JobWatcher


def opened(spec: JobSpec, features: Key | None, store: Store) -> tuple[Dataset, Dataset]:
    """Returns the dataset of a job, and what it trains on: that, or features of its samples.

    Args:
        features: those on which it trains, if not on the samples of the dataset.
    """
    if features is None:
        dataset = store.datasets.open(spec.dataset)
        return dataset, dataset
    # Of features the digest was checked; of the pictures themselves nothing is read.
    dataset = store.datasets.mapped(spec.dataset)
    return dataset, store.features.of(dataset, features)


def watched(
    context: WorkerContext,
    attempt: Attempt,
    spec: JobSpec,
    dataset: Dataset,
    engines: Engines,
    watch: Callable[..., JobWatcher] = JobWatcher,
    again: Again = ONCE,
) -> tuple[JobWatcher, Trained]:
    """Returns what was trained, from where an earlier attempt was, and who has looked on.

    Args:
        watch: makes the watcher.
        again: how it ended, if it is done again.
    """
    record, store = attempt.record, context.store
    with store.jobs.metrics_log(record.id, record.attempt) as log:
        watcher = watch(attempt, spec, store, log, context.settings, dataset.digest)
        checkpoint = watcher.resume()
        spec = watcher.spec
        run, checkpoint = as_it_stands(spec, checkpoint)
        try:
            trained = train(
                run,
                dataset,
                watcher,
                origin=origin_of(spec, store),
                checkpoint=checkpoint,
                check_gradients=context.settings.gradient_check,
                threads=context.settings.threads,
                engines=engines,
                again=again,
            )
        except BaseException:  # the findings matter most when a training fails
            watcher.consult()
            raise
    if spec.checkpoint is not None:
        trained = replace(trained, ended_by="checkpoint")
    return watcher, trained


def as_it_stands(spec: JobSpec, checkpoint: Checkpoint | None) -> tuple[JobSpec, Checkpoint | None]:
    """Returns what to train, and from where. Of a job that publishes a checkpoint nothing is left
    to be trained, and what is published is what answered at the end of that epoch.

    Raises:
        CheckpointNotFound: its bytes are not what was written.
    """
    if (wanted := spec.checkpoint) is None:
        return spec, checkpoint
    if checkpoint is None:
        raise CheckpointNotFound(
            f"The checkpoint of epoch {wanted.epoch} of {wanted.job} has changed on disk. Publish "
            "another one."
        )
    about = {**checkpoint.about, "best_epoch": 0}  # not the weights of an epoch before it
    return spec.model_copy(update={"epochs": wanted.epoch}), replace(checkpoint, about=about)

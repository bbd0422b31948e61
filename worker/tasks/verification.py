"""A version that is trained again, to see whether it comes to the same weights."""

import json
from functools import partial
from typing import Any

from worker.errors import IllegalMove, Stopped, WeightsDiffer
from worker.jobs.attempt import Attempt
from worker.jsontypes import Json
from worker.spec import JobSpec, VerifiesSpec
from worker.store.features import Key
from worker.store.model_files import CHAIN, digest_in
from worker.store.models import ModelStore
from worker.tasks.context import WorkerContext
from worker.tasks.environment import differences
from worker.tasks.manifest import environment_of
from worker.tasks.training import opened, watched
from worker.tasks.verdict import verdict
from worker.training.chain import Again, Chain
from worker.training.devices import Engines
from worker.training.loop import Run
from worker.watch import JobWatcher

ENDED_BY = "verification"


class Retracer(JobWatcher):
    """Ends the training as soon as its weights are not those of then: they will not be again."""

    def __init__(self, then: Chain | None, *others: Any) -> None:
        """Args:
        then: the chain of the training that is done again, if it has one.
        """
        super().__init__(*others)
        self._then = then.links if then is not None else []

    def after_step(self, run: Run) -> None:
        super().after_step(run)
        links = run.chain.links if run.chain is not None else []
        # Each link stands for those before it too.
        if links and self._then and links[-1] != self._then[len(links) - 1]:
            raise WeightsDiffer("The weights are not those to which the training came before.")


def trained_and_compared(
    wanted: VerifiesSpec,
    context: WorkerContext,
    attempt: Attempt,
    spec: JobSpec,
    features: Key | None,
    engines: Engines,
) -> Json:
    """Returns what came of training a version again; nothing is published.

    Raises:
        ModelNotFound: the version is not there any more.
        DamagedModel: its chain is not what was published.
        IllegalMove: it was stopped, and has compared nothing to its end.
    """
    store = context.store
    manifest = store.models.manifest(wanted.model, wanted.version)
    then = chain_of(manifest, store.models)
    _, samples = opened(spec, features, store)
    _, trained = watched(
        context,
        attempt,
        retraced(spec, manifest),
        samples,
        engines,
        watch=partial(Retracer, then),
        again=again_of(manifest, then),
    )
    if trained.ended_by == Stopped.code:
        raise IllegalMove("Expected a job that publishes a model; this one only compares.")
    attempt.note(ended_by=ENDED_BY)
    now = environment_of(attempt, features, store)
    changed = differences(manifest.get("environment", {}), now)
    return {"verification": verdict(manifest, then, trained, changed)}


def chain_of(manifest: Json, models: ModelStore) -> Chain | None:
    """Returns the chain of a version; None of one from before there were any.

    Raises:
        DamagedModel: the bytes are not those that were published.
    """
    if digest_in(manifest, CHAIN) is None:
        return None
    with models.file(manifest["name"], manifest["version"], CHAIN).file as file:
        return Chain.of(json.load(file))


def retraced(spec: JobSpec, manifest: Json) -> JobSpec:
    """Returns the spec by which a version is trained again: no clock ends it, and of a checkpoint
    that was published it is the weights of that epoch, and not those of a better one before."""
    update: Json = {"max_seconds": None, "keep_checkpoints": 0}
    if manifest["spec"].get("checkpoint"):
        update["early_stopping"] = None
    return spec.model_copy(update=update)


def again_of(manifest: Json, then: Chain | None) -> Again:
    if then is not None:
        return Again(then.stride, then.links[-1][:2])
    checkpoint = manifest["spec"].get("checkpoint")
    return Again(None, (checkpoint["epoch"], 0) if checkpoint else None)

"""A job with folds, as the task does it: what it publishes."""

from tests.worker.working import outcome, publish_dataset, submitted
from worker.jobs.record import State
from worker.jsontypes import Json
from worker.store.model_files import HELD_OUT, UNFOLDED, WEIGHTS, digest_in
from worker.tasks.context import WorkerContext

NETWORK: Json = {"hidden_units": [4]}


def digests(context: WorkerContext, model: str, *files: str) -> list[str | None]:
    manifest = context.store.models.manifest(model, 1)
    return [digest_in(manifest, file) for file in files]


def test_the_model_is_that_of_a_job_without_folds_and_what_was_held_out_lies_beside_it(
    context: WorkerContext,
) -> None:
    publish_dataset(context.store)
    for model, fields in (("folded", {"folds": 2, "repeats": 2}), ("plain", {})):
        job = submitted(context, model=model, network=NETWORK, **fields)
        assert outcome(context, job).state is State.SUCCEEDED
    weights = WEIGHTS, UNFOLDED
    assert digests(context, "folded", *weights) == digests(context, "plain", *weights)
    assert digests(context, "plain", HELD_OUT) == [None]
    kept = context.store.models.tensors("folded", 1, HELD_OUT)
    assert {name: array.shape for name, array in kept.items()} == {
        **dict.fromkeys(("split", "row", "label"), (60,)),
        **dict.fromkeys(("fold", "said", "sure", "given"), (2, 60)),
    }
    found = context.store.models.manifest("folded", 1)["result"]["cross_validation"]
    assert [len(found["each"]), found["rows"]] == [4, 60]


def test_many_folds_are_listed_by_the_evaluation_alone(context: WorkerContext) -> None:
    publish_dataset(context.store)
    job = submitted(context, network=NETWORK, folds=3, repeats=7, epochs=1)
    record = outcome(context, job)
    assert record.result is not None
    assert record.result["cross_validation"]["each"] is None
    with context.store.models.evaluation("cats", 1) as file:
        assert file.read().count(b'"fold": 3') == 7

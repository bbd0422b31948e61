"""Which job does the training of a version again, and which does not."""

from typing import Any

import pytest

from tests.worker.verifying import published, rewritten
from tests.worker.working import DATASET, publish_dataset
from worker.errors import IllegalMove, InvalidParameter
from worker.operations.verification import check_verified, verifying
from worker.tasks.context import WorkerContext


@pytest.fixture(autouse=True)
def _version(context: WorkerContext) -> None:
    publish_dataset(context.store)
    published(context)


def checked(context: WorkerContext, digest: str | None = None, **spec: Any) -> None:
    asked = verifying(context.store.models.manifest("cats", 1))
    dataset = context.store.datasets.manifest(DATASET)
    dataset = dataset if digest is None else {**dataset, "digest": digest}
    check_verified(asked.model_copy(update=spec), dataset, context.store)


def test_only_the_same_training_verifies_a_version(context: WorkerContext) -> None:
    checked(context)
    checkpoint = {"job": f"job_{'0' * 32}", "epoch": 1}
    for fields, place in (
        ({"seed": 5}, "/seed"),
        ({"checkpoint": checkpoint}, "/checkpoint"),
        ({"digest": "sha256:1"}, "/dataset"),
    ):
        with pytest.raises(InvalidParameter) as refused:
            checked(context, **fields)
        assert refused.value.pointer == place
    checked(context, device="auto", priority="high", promote="never", model="dogs")


def test_where_nobody_knows_its_end_it_is_refused(context: WorkerContext) -> None:
    rewritten(context, chain=None, files=None, ended_by="max_seconds")
    with pytest.raises(IllegalMove, match="nobody kept at which step"):
        checked(context)


def test_a_model_from_which_it_started_must_be_the_same(context: WorkerContext) -> None:
    parents = [{"model": "cats", "version": 1, "digest": "sha256:0"}]
    rewritten(context, parents=parents)
    with pytest.raises(InvalidParameter, match="from which version 1 of cats started"):
        checked(context)

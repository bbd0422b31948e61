"""A job names a backbone: it has it until it is over, or it is refused."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.worker.conftest import Sent
from tests.worker.feature_jobs import ready_backbone
from tests.worker.working import listed, outcome, ready_dataset
from worker.errors import IllegalMove, InvalidParameter, QueueUnavailable
from worker.jobs.record import Record, State
from worker.operations.backbones import Backbones
from worker.operations.jobs import Jobs
from worker.spec import JobSpec
from worker.spec.recipes import RECIPES
from worker.tasks.context import WorkerContext


def asked(dataset: Record, backbone: str, **spec: Any) -> JobSpec:
    body = {"dataset": dataset.id, "model": "cats", "backbone": backbone, "epochs": 2, **spec}
    return JobSpec.model_validate(body)


def refused(operations: Jobs, spec: JobSpec) -> tuple[str, str]:
    with pytest.raises(InvalidParameter) as caught:
        operations.submit(spec)
    assert listed(operations) == []
    return caught.value.pointer, str(caught.value)


def test_a_name_means_the_backbone_that_has_it_now(
    operations: Jobs, backbone: Record, photos: Record
) -> None:
    by_name, by_id = (operations.submit(asked(photos, name)) for name in ("small", backbone.id))
    assert by_name.body == by_id.body
    assert by_name.body["backbone"] == backbone.id
    assert by_name.body["recipe"] == "backbone"
    units = RECIPES["backbone"].spec["network"]["hidden_units"]
    assert by_name.body["network"]["hidden_units"] == units
    summary = operations.summary(by_name)
    assert summary is not None
    assert [row["kind"] for row in summary] == ["flatten", "dense"]


@pytest.mark.parametrize("name", ["nobody", f"bb_{0:032x}"])
def test_a_backbone_that_is_not_there(
    operations: Jobs, backbones: Backbones, photos: Record, name: str
) -> None:
    pointer, said = refused(operations, asked(photos, name))
    assert pointer == "/backbone"
    assert "purr backbones add" in said


def test_while_redis_may_have_forgotten_backbones_nobody_says_that_there_is_none(
    context: WorkerContext, operations: Jobs, photos: Record
) -> None:
    context.redis.delete("purr:filled")
    with pytest.raises(QueueUnavailable):
        operations.submit(asked(photos, "small"))


def test_a_backbone_that_is_not_ready(operations: Jobs, sent: Sent, photos: Record) -> None:
    sent(name="waiting")
    pointer, said = refused(operations, asked(photos, "waiting"))
    assert (pointer, "still imported" in said) == ("/backbone", True)


def test_a_table_has_no_pictures(
    context: WorkerContext, operations: Jobs, backbone: Record
) -> None:
    table = ready_dataset(context)
    assert table.result is not None
    manifest = {**table.result, "shape": [5], "dtype": "float32", "findings": []}
    records = context.records["ds"]
    records.put_back(table.id, {"state": [State.SUCCEEDED]}, {"result": json.dumps(manifest)})
    pointer, said = refused(operations, asked(table, "small"))
    assert (pointer, "a dataset of pictures" in said) == ("/backbone", True)


def test_a_backbone_that_a_job_needs_is_not_deleted_before_the_job_is_over(
    context: WorkerContext, operations: Jobs, backbones: Backbones, backbone: Record, photos: Record
) -> None:
    job = operations.submit(asked(photos, "small"))
    with pytest.raises(IllegalMove, match=f"a backbone that nothing needs .*{job.id}"):
        backbones.delete("small")
    operations.cancel(job.id)
    backbones.delete("small")
    assert not [*(context.settings.data_dir / "backbones").glob("*")]


def test_a_backbone_that_is_deleted_between_check_and_record(
    context: WorkerContext,
    operations: Jobs,
    backbones: Backbones,
    backbone: Record,
    photos: Record,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    keep = context.store.archive.keep_request

    def kept(record_id: str, request: Any) -> None:
        keep(record_id, request)
        backbones.delete("small")

    monkeypatch.setattr(context.store.archive, "keep_request", kept)
    assert refused(operations, asked(photos, "small"))[0] == "/backbone"
    assert [*context.store.archive.all("job")] == []


def test_a_start_needs_the_backbone_of_the_model(
    context: WorkerContext, operations: Jobs, backbone: Record, photos: Record, tmp_path: Path
) -> None:
    first = operations.submit(asked(photos, "small"))
    assert outcome(context, first.id).state is State.SUCCEEDED
    start = {"start_from": {"model": "cats"}, "network": {"hidden_units": []}}
    again = operations.submit(asked(photos, "small", **start))
    assert outcome(context, again.id).state is State.SUCCEEDED
    other = ready_backbone(context, tmp_path, layout="NHWC")
    with pytest.raises(InvalidParameter, match="Expected the backbone of version 2 of cats") as no:
        operations.submit(asked(photos, other.id, **start))
    assert no.value.pointer == "/backbone"
    whole = JobSpec(dataset=photos.id, start_from={"model": "cats"})  # type: ignore[arg-type]
    assert operations.submit(whole).body["backbone"] == backbone.id

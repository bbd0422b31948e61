"""An estimate in words, and what of it was measured."""

from typing import Any

import pytest

from tests.worker.training.test_fit import ID
from tests.worker.training.test_time_estimate import sizes
from worker.jobs.queue_wait import QueueWait
from worker.operations.estimate import Estimate, Phase, checks_of, phases_of, spoken
from worker.spec import JobSpec
from worker.training.time_estimate import seconds

IDLE = QueueWait("train", 1, 0, 0, 0.0)
STOPPING = {"validation_fraction": 0.2, "early_stopping": {"patience": 3}}
CHECK = {"name": "eight_rows", "outcome": "failed", "said": "It learns nothing.", "value": 0.5}


def spec(**fields: Any) -> JobSpec:
    return JobSpec.model_validate({"dataset": ID, **fields})


def estimate(by: Any = "measured", wait: QueueWait = IDLE, **fields: Any) -> Estimate:
    phases = [Phase("training", 100.0, by), Phase("publishing", 0.5, "arithmetic")]
    because = None if by == "measured" else "All workers are busy."
    made = spec(**fields)
    return Estimate(made, sizes(), phases, because, [CHECK], wait, [], True)


def test_what_was_measured_stands_in_the_place_of_what_is_counted() -> None:
    found = phases_of(sizes(), spec(), {"training": 12.5}, on_gpu=False)
    counted = seconds(sizes())
    assert [phase.phase for phase in found] == [*counted]
    assert {phase.phase: phase.by for phase in found}["training"] == "measured"
    others = {phase.phase: phase.seconds for phase in found if phase.by == "arithmetic"}
    assert others == {name: s for name, s in counted.items() if name != "training"}


def test_each_fold_is_a_training_on_the_rows_of_the_others() -> None:
    job = sizes(folds=5, repeats=2)
    found = phases_of(job, spec(), {"training": 10.0, "proving": 1.0}, on_gpu=False)
    seconds = {phase.phase: phase.seconds for phase in found}
    assert seconds["training"] == pytest.approx(10 * (1 + 10 * 4 / 5))
    assert seconds["proving"] == 1


def test_no_more_is_told_than_a_job_may_train() -> None:
    [training] = [
        phase.seconds
        for phase in phases_of(sizes(), spec(max_seconds=7), {"training": 12.5}, on_gpu=False)
        if phase.phase == "training"
    ]
    assert training == 7


def test_what_is_published_as_it_stands_trains_nothing() -> None:
    kept = spec(checkpoint={"job": "job_" + "1" * 32, "epoch": 3})
    found = {phase.phase: phase.seconds for phase in phases_of(sizes(), kept, {}, on_gpu=False)}
    assert found["training"] == found["proving"] == found["starting"] == 0
    assert found["measuring"] > 0


def test_checks_that_were_not_made_are_skipped() -> None:
    found = checks_of([CHECK], "All workers are busy.")
    assert [check["outcome"] for check in found] == ["skipped", "failed", "skipped"]
    assert found[0]["said"] == "All workers are busy."


def test_an_estimate_is_told_in_words() -> None:
    assert estimate().said == (
        "It takes about 100 s, by its first steps on a worker. A worker is free for it. It "
        "needs about 113 MB of memory, and leaves about 1 MB of files. It learns nothing."
    )


def test_so_is_how_little_is_known() -> None:
    busy = QueueWait("train", 1, 1, 0, 30.0)
    said = estimate("arithmetic", busy, **STOPPING).said
    assert said.startswith(
        "It takes at most about 100 s, by arithmetic alone, which may be far off. All workers "
        "are busy. A worker is free for it in about 30 s."
    )
    unknown = estimate("arithmetic", QueueWait("gpu", 0, 0, 0, None)).said
    assert "Nobody can tell when one of 0 workers is free for it." in unknown


@pytest.mark.parametrize(
    ("counted", "said"),
    [(0.0123, "0.012 s"), (9.5, "9.5 s"), (111, "110 s"), (9_000, "2.5 h")],
)
def test_seconds_are_spoken(counted: float, said: str) -> None:
    assert spoken(counted) == said

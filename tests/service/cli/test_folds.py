"""What `purr` asks for and shows of folds."""

import json
from typing import Any

import pytest

from service.cli.render.jobs import note_of, show_metrics
from tests.service.cli.command import Purr
from tests.service.cli.fake_service import FakeService
from tests.service.cli.sample_answers import EPOCH, EVALUATION, JOB
from worker.jsontypes import Json

FOLD = {"repeat": 1, "rows": 20, "loss": 0.5, "epochs": 9, "ended_by": "early_stopping"}
FOLDS: dict[str, Any] = {
    "folds": 2, "repeats": 1, "rows": 40, "accuracy": 0.725, "accuracy_interval": [0.51, 0.87],
    "accuracy_deviation": 0.106, "majority_baseline": 0.5, "loss": 0.512345, "loss_deviation": 0.02,
    "each": [{**FOLD, "fold": 1, "accuracy": 0.8}, {**FOLD, "fold": 2, "accuracy": 0.65}],
}  # fmt: skip


def test_they_are_asked_for_by_two_options(purr: Purr, fake: FakeService) -> None:
    fake.say("POST /v1/jobs", JOB | {"state": "queued", "progress": None}, status=202)
    purr("train", "--no-follow", "--dataset", "ds_1", *["--folds", "5", "--repeats", "2"])
    body = json.loads(fake.asked("POST")[0].body)
    assert body == {"dataset": "ds_1", "folds": 5, "repeats": 2}


@pytest.mark.parametrize(("repeats", "title"), [(1, "2 folds"), (3, "2 folds, 3 times")])
def test_a_job_shows_all_of_them_together(
    purr: Purr, fake: FakeService, repeats: int, title: str
) -> None:
    result = {**EVALUATION, "cross_validation": {**FOLDS, "repeats": repeats}}
    fake.say("GET /v1/jobs/job_1", JOB | {"result": result})
    lines = [" ".join(line.split()) for line in purr("show", "job_1").stdout.splitlines()]
    scores = "loss 0.5123, accuracy 72.5 % [51.0 %, 87.0 %], majority 50.0 %"
    assert f"{title} {scores}" in lines
    assert "deviation of a fold loss 0.02, accuracy 10.6 %" in lines


def test_the_evaluation_shows_each(purr: Purr, fake: FakeService) -> None:
    fake.say("GET /v1/jobs/job_1/evaluation", {**EVALUATION, "cross_validation": FOLDS})
    lines = [line.split() for line in purr("evaluation", "job_1").stdout.splitlines()]
    assert ["repeat", "fold", "rows", "loss", "accuracy", "epochs", "ended", "by"] in lines
    assert ["1", "2", "20", "0.5", "0.65", "9", "early_stopping"] in lines


def test_metrics_name_the_fold_where_there_are_any(capsys: pytest.CaptureFixture[str]) -> None:
    rows: list[Json] = [{**EPOCH, "repeat": 1, "fold": 2}, {**EPOCH, "repeat": None, "fold": None}]
    show_metrics(iter(rows))
    header, *lines = (line.split() for line in capsys.readouterr().out.splitlines())
    assert header[:3] == ["repeat", "fold", "epoch"]
    assert [line[:3] for line in lines] == [["1", "2", "2"], ["–", "–", "2"]]
    show_metrics(iter([]))
    assert capsys.readouterr().out.split()[0] == "epoch"


def test_whoever_waits_is_told_the_fold() -> None:
    running = JOB | {"state": "running"}
    folded = running | {"progress": {**JOB["progress"], "repeat": 1, "fold": 3}}
    assert " fold 3 loss " in note_of(folded)
    assert "fold" not in note_of(running)

"""Several jobs side by side, over HTTP."""

import csv
import io
from typing import Any

import httpx
import pytest

from tests.problems import expect_problem
from worker.jobs.record import State, new_id
from worker.jobs.transitions import Transitions
from worker.store.store import Store

SCORES: dict[str, Any] = {
    "rows": 20, "loss": 0.5, "accuracy": 0.5, "accuracy_interval": [0.3, 0.7],
    "majority_baseline": 0.5, "confusion": [[10, 0], [10, 0]], "auc": 0.5, "per_class": None,
    "calibration_error": 0.1,
}  # fmt: skip
SPEC = {
    "dataset": "ds_" + "1" * 32,
    "model": "cats",
    "optimizer": {"kind": "sgd", "learning_rate": 0.01},
    "network": {"hidden_units": [20, 7]},
}
CSV = {"Accept": "text/csv"}


def measured(store: Store, job: str, losses: list[float]) -> None:
    with store.jobs.metrics_log(job, 1) as log:
        for epoch, loss in enumerate(losses, 1):
            others = dict.fromkeys(("validation_loss", "validation_accuracy"))
            row = {"epoch": epoch, "step": epoch * 10, "loss": loss, "accuracy": 0.5, **others}
            log.write({**row, "seconds": epoch / 4, "layers": None, "gradient_norms": None})


@pytest.fixture
def jobs_of(store: Store, jobs: Transitions) -> list[str]:
    """The jobs of which the first two versions of cats came, and one that was cancelled."""
    made = []
    for number, rate in ((1, 0.01), (2, 0.1)):
        spec = {**SPEC, "optimizer": {"kind": "sgd", "learning_rate": rate}}
        made.append(jobs.create(new_id("job"), spec).id)
        changes = {"version": number, "result": {"train": SCORES, "test": SCORES}}
        jobs.finish(jobs.claim(made[-1], "w", 10), State.SUCCEEDED, changes)
    made.append(jobs.create(new_id("job"), {**SPEC, "dataset": "ds_" + "2" * 32}).id)
    jobs.cancel(made[-1])
    measured(store, made[0], [1.0, 0.9, 0.4, 0.2])
    measured(store, made[1], [1.0, 0.9, 0.8])
    return made


def compare(http: httpx.Client, jobs: list[str], **more: Any) -> Any:
    answer = http.get("/v1/compare", params={"jobs": ",".join(jobs), **more})
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_two_jobs_are_told_apart_in_words_and_numbers(
    http: httpx.Client, jobs_of: list[str]
) -> None:
    found = compare(http, jobs_of[:2])
    assert found["said"] == (
        "Only optimizer/learning_rate (0.01, 0.1) differs. The costs part at epoch 3. On the same "
        "20 test rows they are right on 20, 5: the difference is significant (p = 6.1e-05)."
    )
    rate = {"path": "/optimizer/learning_rate", "values": [0.01, 0.1]}
    assert found["differences"] == {"spec": [rate], "dataset": [], "environment": []}
    curves = found["curves"]
    assert (curves["by"], curves["at"], curves["parting"]) == ("epoch", [1, 2, 3, 4], 3)
    assert curves["jobs"][1]["loss"] == [1.0, 0.9, 0.8, None]
    first = found["jobs"][0]
    assert (first["version"], first["epochs"], first["seconds"]) == (1, 4, 1.0)
    assert first["test"]["accuracy_interval"] == [0.3, 0.7]
    rows = found["same_rows"]
    assert (rows["jobs"], rows["right"], rows["test"]) == (jobs_of[:2], [20, 5], "mcnemar")
    [pair] = rows["pairs"]
    assert (pair["first"], pair["second"], pair["only_first"]) == (*jobs_of[:2], 15)


def test_a_job_that_published_nothing_stands_beside_the_others(
    http: httpx.Client, jobs_of: list[str]
) -> None:
    found = compare(http, jobs_of, by="step", points=2)
    assert found["jobs"][2] | {"id": "", "model": ""} == {
        "id": "", "model": "", "version": None, "state": "cancelled", "epochs": 0,
        "seconds": None, "train": None, "validation": None, "test": None,
    }  # fmt: skip
    assert found["curves"]["at"] == [10, 40]
    assert found["curves"]["parting"] is None
    assert found["differences"]["dataset"][0]["path"] == "/id"
    assert found["same_rows"]["jobs"] == jobs_of[:2]


def test_curves_come_as_a_table(http: httpx.Client, jobs_of: list[str]) -> None:
    asked = {"jobs": ",".join(jobs_of[:2]), "by": "seconds"}
    answer = http.get("/v1/compare", params=asked, headers=CSV)
    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [row["seconds"] for row in rows] == ["0.25", "0.5", "0.75", "1.0"]
    by_step = http.get("/v1/compare", params={**asked, "by": "step"}, headers=CSV).text
    assert by_step.splitlines()[1].startswith("10,1.0,")
    assert [row[f"{jobs_of[1]}.loss"] for row in rows] == ["1.0", "0.9", "0.8", ""]


def test_what_cannot_be_compared_is_refused(http: httpx.Client, jobs_of: list[str]) -> None:
    one, nobody = jobs_of[0], new_id("job")
    for asked in (one, f"{one},{one}", ",".join([one, *(new_id("job") for _ in range(20))])):
        refused = http.get("/v1/compare", params={"jobs": asked})
        expect_problem(refused, 422, "invalid_parameter")
        assert "2 to 20 different jobs" in refused.json()["detail"]
    missing = http.get("/v1/compare", params={"jobs": f"{one},{nobody}"})
    expect_problem(missing, 404, "job_not_found")
    for wrong in ({"by": "minute"}, {"points": 1}, {"points": 1_001}):
        refused = http.get("/v1/compare", params={"jobs": ",".join(jobs_of), **wrong})
        assert refused.status_code == 422
    compare(http, jobs_of)

"""A job that has ended is a run of MLflow: once, whatever the server does meanwhile."""

from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from service.tracking.mlflow import mlflow
from tests.service.tracking.fake_mlflow import FakeMlflow, failing, hanging_up, send
from tests.service.tracking.mlflow_bench import MlflowBench
from tests.service.tracking.tracked_job import FINDING, epoch
from worker.jobs.outbox import DeliveryState
from worker.jobs.record import State, new_id


def curve(fake: FakeMlflow, name: str) -> list[tuple[int, float]]:
    return [(m["step"], m["value"]) for m in fake.run()["metrics"] if m["key"] == name]


# What arrives


def test_a_job_is_a_run_with_its_numbers(bench: MlflowBench, fake: FakeMlflow) -> None:
    job = bench.job()
    job.find()
    record = job.end()
    assert bench.send(job.id).state is DeliveryState.DELIVERED
    run = fake.run()
    assert (run["name"], run["status"]) == ("cats", "FINISHED")
    assert fake.experiments == {"purrceptron": "1"}
    assert record.started_at is not None
    assert record.finished_at is not None
    times = [round(at.timestamp() * 1000) for at in (record.started_at, record.finished_at)]
    assert [run["start"], run["end"]] == times
    assert curve(fake, "loss/train") == [(1, 1.0), (2, 0.5)]
    assert curve(fake, "weight_norm/layer_2") == [(1, 2.5), (2, 2.5)]
    assert curve(fake, "result/test_accuracy") == [(2, 0.75)]
    assert run["params"]["optimizer.learning_rate"] == "0.001"
    assert run["params"]["network.hidden_units"] == "[4]"
    assert run["tags"]["purrceptron.findings"] == FINDING["code"]
    assert run["tags"]["purrceptron.tags"] == "small"


def test_what_is_a_persons_own_stays_here(bench: MlflowBench, fake: FakeMlflow) -> None:
    bench.send(bench.ended().id)
    told = repr((fake.runs, fake.files))
    assert [word for word in ("secret", "mine alone") if word in told] == []
    assert b'"learning_rate": 0.001' in fake.files["1/run0/artifacts/spec.json"]


@pytest.mark.parametrize(
    ("state", "status"), [(State.FAILED, "FAILED"), (State.CANCELLED, "KILLED")]
)
def test_a_job_that_did_not_succeed_is_a_run_too(
    bench: MlflowBench, fake: FakeMlflow, state: State, status: str
) -> None:
    problem = {"code": "diverged", "detail": "The cost is infinite."}
    assert bench.send(bench.ended(state, problem=problem).id).state == "delivered"
    assert fake.run()["status"] == status
    assert fake.run()["tags"]["purrceptron.problem"] == "diverged: The cost is infinite."
    assert fake.run()["tags"]["purrceptron.model_sent"].startswith("no: ")


def test_a_job_that_never_began_is_none(bench: MlflowBench, fake: FakeMlflow) -> None:
    made = bench.records.create(new_id("job"), {"model": "cats", "dataset": "ds_1"}).id
    bench.records.cancel(made)
    assert bench.send(made).state == "delivered"
    assert fake.asked == []


def test_a_published_model_is_there_and_registered(bench: MlflowBench, fake: FakeMlflow) -> None:
    record = bench.published(exported=False)
    assert bench.send(record.id).state == "delivered"
    assert fake.run()["name"] == "cats-1"
    names = {name.removeprefix("1/run0/artifacts/") for name in fake.files}
    model = {f"model/{name}" for name in ("MLmodel", "model.onnx", "python_env.yaml")}
    assert names == {"spec.json", "bundle.zip", "model/requirements.txt", *model}
    with bench.store.exports.file("cats", 1, "model.onnx").file as file:
        assert fake.files["1/run0/artifacts/model/model.onnx"] == file.read()
    assert fake.files["1/run0/artifacts/bundle.zip"].startswith(b"PK")
    (version,) = fake.versions
    source = "mlflow-artifacts:/1/run0/artifacts/model"
    assert (version["name"], version["source"]) == ("cats", source)
    assert version["tags"] == [{"key": "purrceptron.version", "value": "1"}]
    assert fake.run()["tags"]["purrceptron.model_sent"] == "yes"


def test_a_long_job_is_told_in_pieces(
    bench: MlflowBench, fake: FakeMlflow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mlflow, "MOST_EPOCHS", 5)
    job = bench.job()
    job.train(*(epoch(number) for number in range(3, 402)))
    job.end()
    bench.send(job.id)
    assert [step for step, _ in curve(fake, "loss/train")] == [1, 101, 201, 301, 401]


# Once


def test_a_job_that_is_sent_again_is_the_same_run(bench: MlflowBench, fake: FakeMlflow) -> None:
    record = bench.published()
    bench.send(record.id)
    numbers, asked = len(fake.run()["metrics"]), len(fake.asked)
    bench.outbox.replay(bench.outbox.of_job(record.id)[0].id)
    assert bench.send(record.id).attempts == 2
    assert (len(fake.run()["metrics"]), len(fake.versions), len(fake.asked) - asked) == (
        numbers, 1, 2,
    )  # fmt: skip


@pytest.mark.parametrize(
    "where",
    [
        "experiments/get", "experiments/create", "runs/search", "runs/create", "runs/log-batch",
        "runs/update", "spec.json", "MLmodel", "model.onnx", "bundle.zip", "registered-models",
        "model-versions/search", "model-versions/create", "runs/set-tag",
    ],
)  # fmt: skip
@pytest.mark.parametrize("conduct", [failing, hanging_up], ids=lambda one: one.__name__)
def test_wherever_the_server_breaks_the_next_try_ends_it(
    bench: MlflowBench, fake: FakeMlflow, where: str, conduct: Any
) -> None:
    record = bench.published()
    fake.faults = [(where, conduct)]
    first = bench.send(record.id)
    assert (first.state, fake.faults) == ("pending", [])
    assert first.next_at is not None
    assert bench.send(record.id).state == "delivered"
    assert curve(fake, "loss/train") == [(1, 1.0), (2, 0.5)]
    assert (len(fake.versions), fake.run()["status"]) == (1, "FINISHED")


def test_two_services_that_make_the_experiment_at_once_share_it(
    bench: MlflowBench, fake: FakeMlflow
) -> None:
    def made_meanwhile(handler: BaseHTTPRequestHandler) -> None:
        fake.experiments["purrceptron"] = "7"
        send(handler, 400, b'{"error_code": "RESOURCE_ALREADY_EXISTS"}')

    fake.faults = [("experiments/create", made_meanwhile)]
    assert bench.send(bench.ended().id).state == "delivered"


# Models that do not come


def test_files_that_the_server_does_not_keep_itself_are_not_sent(
    bench: MlflowBench, fake: FakeMlflow
) -> None:
    fake.artifacts = "s3://bucket/"
    assert bench.send(bench.published().id).state == "delivered"
    assert fake.run()["status"] == "FINISHED"
    assert "found s3:" in fake.run()["tags"]["purrceptron.model_sent"]
    assert (fake.files, fake.versions) == ({}, [])


def test_a_model_that_another_host_is_to_keep_is_not_sent(
    bench: MlflowBench, fake: FakeMlflow
) -> None:
    fake.artifacts = "mlflow-artifacts://elsewhere.example/"
    bench.send(bench.published().id)
    assert fake.run()["tags"]["purrceptron.model_sent"].startswith("no: ")
    assert fake.files == {}


def test_a_model_that_is_deleted_meanwhile_is_not_sent(
    bench: MlflowBench, fake: FakeMlflow
) -> None:
    record = bench.published()
    bench.store.models.withdraw("cats", record.id)
    assert bench.send(record.id).state == "delivered"
    assert fake.run()["tags"]["purrceptron.model_sent"].startswith("no: No model")


def test_a_worker_is_given_time_to_export_the_model(bench: MlflowBench, fake: FakeMlflow) -> None:
    record = bench.published(exported=False)
    seen = [bench.send(record.id, export_models=True) for _ in range(3)]
    assert [each.state for each in seen] == ["pending", "pending", "delivered"]
    assert seen[0].last_error == "Its numbers are there; its model is not exported yet."
    assert fake.run()["tags"]["purrceptron.model_sent"] == "yes"

"""Jobs over HTTP, on the service alone: what is submitted stays queued."""

import json
import time
from pathlib import Path

import httpx
import redis

from tests.problems import expect_problem
from tests.service.conftest import MANIFEST
from worker.jobs.presence import workers_key
from worker.jobs.record import State, new_id
from worker.jobs.transitions import Transitions, open_records


def test_an_accepted_job_is_queued_and_safe_on_disk(
    http: httpx.Client, known: str, root: Path
) -> None:
    answer = http.post("/v1/jobs", json={"dataset": known, "model": "cats"})
    job = answer.json()
    assert answer.status_code == 202
    assert answer.headers["location"] == f"/v1/jobs/{job['id']}"
    assert (job["state"], job["queue_position"], job["attempt"]) == ("queued", 1, 0)
    # It says nothing of a network, and its dataset has pictures.
    assert (job["spec"]["recipe"], job["spec"]["network"]["kind"]) == ("photos", "convolutional")
    assert http.get(answer.headers["location"]).json() == job
    kept = json.loads((root / "jobs" / job["id"] / "request.json").read_text())
    assert kept == {"body": job["spec"]}


def test_a_dataset_that_is_not_there_is_named(http: httpx.Client) -> None:
    answer = http.post("/v1/jobs", json={"dataset": "ds_" + "0" * 32})
    expect_problem(answer, 422, "invalid_parameter", "/dataset")


def test_a_dataset_that_is_not_ready_is_409(http: httpx.Client, datasets: Transitions) -> None:
    importing = datasets.create(new_id("ds"), {"name": "a"}).id
    answer = http.post("/v1/jobs", json={"dataset": importing})
    expect_problem(answer, 409, "dataset_not_ready")
    datasets.finish(datasets.claim(importing, "w", 10), State.FAILED, {"problem": {"code": "x"}})
    answer = http.post("/v1/jobs", json={"dataset": importing})
    expect_problem(answer, 409, "dataset_not_ready")
    assert "rejected" in answer.json()["detail"]


def test_a_network_over_the_limit_is_refused_before_anything_is_made(
    http: httpx.Client, known: str
) -> None:
    network = {"hidden_units": [65_536, 65_536]}
    answer = http.post("/v1/jobs", json={"dataset": known, "network": network})
    expect_problem(answer, 422, "limit_exceeded")
    assert "5,100,470,273" in answer.json()["detail"]


def test_a_job_that_needs_too_much_memory_is_refused_with_the_estimate(
    http: httpx.Client, datasets: Transitions
) -> None:
    large = {**MANIFEST, "splits": {"train": {"rows": 1_000_000, "per_class": [1, 1]}}}
    made = datasets.create(new_id("ds"), {"name": "large"}).id
    datasets.finish(datasets.claim(made, "w", 10), State.SUCCEEDED, {"result": large})
    answer = http.post("/v1/jobs", json={"dataset": made, "batch_size": "all"})
    expect_problem(answer, 422, "limit_exceeded")
    assert "PURR_MAX_JOB_BYTES" in answer.json()["detail"]
    assert http.post("/v1/jobs", json={"dataset": made}).status_code == 202


def test_a_severe_finding_is_refused_and_named_unless_it_is_accepted(
    http: httpx.Client, datasets: Transitions
) -> None:
    finding = {
        "code": "class_without_training_rows",
        "severity": "severe",
        "message": "No training row is of the class 'cats' (is it 'cat'?).",
    }
    torn = {
        **MANIFEST,
        "splits": {"train": {"rows": 4, "per_class": [4, 0]}},
        "findings": [finding],
    }
    made = datasets.create(new_id("ds"), {"name": "one-sided"}).id
    datasets.finish(datasets.claim(made, "w", 10), State.SUCCEEDED, {"result": torn})
    spec = {"dataset": made, "class_weights": "balanced"}
    for accepted in ([], ["two_labels"]):
        answer = http.post("/v1/jobs", json={**spec, "accept": accepted})
        expect_problem(answer, 422, "invalid_parameter", "/accept")
        assert "(is it 'cat'?). Make a version" in answer.json()["detail"]
    answer = http.post("/v1/jobs", json={**spec, "accept": [finding["code"]]})
    assert (answer.status_code, answer.json()["spec"]["accept"]) == (202, [finding["code"]])


def test_what_is_accepted_is_a_list_of_codes(http: httpx.Client, known: str) -> None:
    for wrong in ("x", ["No Code"], ["x"] * 17, [1]):
        answer = http.post("/v1/jobs", json={"dataset": known, "accept": wrong})
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["pointer"].startswith("/accept")


def test_a_parent_must_be_there(http: httpx.Client, known: str) -> None:
    answer = http.post("/v1/jobs", json={"dataset": known, "parent": "job_" + "0" * 32})
    expect_problem(answer, 422, "invalid_parameter", "/parent")
    first = http.post("/v1/jobs", json={"dataset": known}).json()["id"]
    answer = http.post("/v1/jobs", json={"dataset": known, "parent": first})
    assert (answer.status_code, answer.json()["parent"]) == (202, first)


def test_a_device_that_no_worker_has_is_refused_at_once(
    http: httpx.Client, known: str, client: redis.Redis, root: Path
) -> None:
    spec = {"dataset": known, "device": "gpu", "precision": "tf32"}
    client.zadd(workers_key("train"), {"w": time.time()})
    answer = http.post("/v1/jobs", json=spec)
    expect_problem(answer, 422, "device_unavailable", "/device")
    assert "purrceptron-server[gpu]" in answer.json()["detail"]
    assert not list(root.glob("jobs/*"))
    client.zadd(workers_key("gpu"), {"w": time.time()})
    assert http.post("/v1/jobs", json=spec).status_code == 202


def test_a_job_without_a_model_has_no_evaluation(http: httpx.Client, known: str) -> None:
    job = http.post("/v1/jobs", json={"dataset": known}).json()["id"]
    answer = http.get(f"/v1/jobs/{job}/evaluation")
    expect_problem(answer, 409, "conflict")
    assert "is queued" in answer.json()["detail"]


def test_a_job_says_where_it_is_trained_once_it_has_begun(
    http: httpx.Client, known: str, client: redis.Redis
) -> None:
    job = http.post("/v1/jobs", json={"dataset": known}).json()
    assert job["device"] is None
    jobs, gpu = open_records(client)["job"], {"kind": "gpu", "name": "NVIDIA H200"}
    jobs.renew(jobs.claim(job["id"], "w", 10), 10, {"device": gpu})
    assert http.get(f"/v1/jobs/{job['id']}").json()["device"] == gpu


def test_a_queued_job_can_be_cancelled_and_stays_so(http: httpx.Client, known: str) -> None:
    job = http.post("/v1/jobs", json={"dataset": known}).json()["id"]
    first = http.post(f"/v1/jobs/{job}/cancel")
    again = http.post(f"/v1/jobs/{job}/cancel")
    assert (first.status_code, first.json()["state"]) == (200, "cancelled")
    assert again.json() == first.json()


def test_waiting_ends_with_the_seconds(http: httpx.Client, known: str) -> None:
    job = http.post("/v1/jobs", json={"dataset": known}).json()["id"]
    assert http.get(f"/v1/jobs/{job}?wait=0.3").json()["state"] == "queued"


def test_waiting_ends_with_a_change(http: httpx.Client, known: str, client: redis.Redis) -> None:
    job = http.post("/v1/jobs", json={"dataset": known}).json()["id"]
    http.post(f"/v1/jobs/{job}/cancel")
    assert http.get(f"/v1/jobs/{job}?wait=60").json()["state"] == "cancelled"


def test_a_negative_wait_is_refused(http: httpx.Client) -> None:
    expect_problem(http.get("/v1/jobs/x?wait=-1"), 422, "invalid_parameter")


def test_lists_go_page_by_page_and_by_state(http: httpx.Client, known: str) -> None:
    jobs = [http.post("/v1/jobs", json={"dataset": known}).json()["id"] for _ in range(5)]
    http.post(f"/v1/jobs/{jobs[0]}/cancel")
    first = http.get("/v1/jobs?limit=3").json()
    second = http.get(f"/v1/jobs?limit=3&after={first['next']}").json()
    listed = [job["id"] for job in first["data"] + second["data"]]
    assert sorted(listed) == sorted(jobs)
    assert listed == sorted(listed, reverse=True)
    assert second["next"] is None
    assert [j["id"] for j in http.get("/v1/jobs?state=cancelled").json()["data"]] == [jobs[0]]


def test_a_job_that_has_not_begun_has_no_metrics(http: httpx.Client, known: str) -> None:
    job = http.post("/v1/jobs", json={"dataset": known}).json()["id"]
    assert http.get(f"/v1/jobs/{job}/metrics").json() == {"data": [], "next": None}
    table = http.get(f"/v1/jobs/{job}/metrics", headers={"accept": "text/csv"})
    assert table.text.startswith("epoch,step,loss,accuracy")

"""The contract of every route, on the service alone: jobs that are submitted stay queued."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import redis

from service.settings import ServiceSettings
from service.valkey import Valkey
from tests.problems import expect_problem
from tests.service.running import serving_app
from worker.queue import attendance
from worker.record import State, new_id
from worker.records import Records, open_records

MANIFEST: dict[str, Any] = {
    "kind": "images",
    "classes": ["other", "cat"],
    "shape": [64, 64, 3],
    "splits": {"train": {"rows": 4, "per_class": [2, 2]}},
    "digest": "sha256:0",
    "findings": [],
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def http(valkey: Valkey, client: redis.Redis, root: Path) -> Iterator[httpx.Client]:
    settings = ServiceSettings(
        redis_url=valkey.url,
        data_dir=root,
        min_free_bytes=0,
        max_upload_bytes=1_000_000,
        max_predict_bytes=100_000,
        max_parameters=1_000_000,
    )
    with serving_app(settings) as http:
        yield http


@pytest.fixture
def datasets(client: redis.Redis) -> Records:
    return open_records(client)["ds"]


@pytest.fixture
def dataset(datasets: Records) -> str:
    """The record of a dataset that is ready."""
    made = datasets.create(new_id("ds"), {"name": "pictures"}).id
    datasets.finish(datasets.claim(made, "w", 10), State.SUCCEEDED, {"result": MANIFEST})
    return made


# Health


def test_it_is_alive_and_says_what_is_away(http: httpx.Client) -> None:
    assert http.get("/livez").json() == {"status": "alive"}
    assert http.head("/livez").status_code == 200
    answer = http.get("/readyz")
    expect_problem(answer, 503, "not_ready")
    assert answer.json()["away"] == ["workers"]


def test_a_redis_that_is_away_is_503_with_a_time_to_come_back(root: Path) -> None:
    settings = ServiceSettings(redis_url="unix:///nowhere.sock", data_dir=root, min_free_bytes=0)
    with serving_app(settings) as http:
        assert http.get("/readyz").json()["away"] == ["redis"]
        for answer in (
            http.get("/v1/jobs"),
            http.post("/v1/jobs", json={"dataset": "ds_" + "0" * 32}),
            http.post("/v1/datasets", content=b"x"),
        ):
            expect_problem(answer, 503, "queue_unavailable")
            assert int(answer.headers["retry-after"]) > 0
    assert not list(root.glob("uploads/*")) + list(root.glob("jobs/*"))


def test_a_full_disk_is_507_and_leaves_nothing(valkey: Valkey, root: Path, client: object) -> None:
    settings = ServiceSettings(redis_url=valkey.url, data_dir=root, min_free_bytes=2**60)
    with serving_app(settings) as http:
        expect_problem(http.post("/v1/datasets", content=b"x"), 507, "insufficient_storage")
        assert http.get("/readyz").json()["away"] == ["store", "workers"]
    assert not list(root.glob("uploads/*"))


def test_the_documentation_needs_no_internet(http: httpx.Client) -> None:
    page = http.get("/docs").text
    links = [part.split('"')[0] for part in page.split('src="')[1:] + page.split('href="')[1:]]
    assert links
    assert all(link.startswith("/static-offline-docs/") for link in links)
    assert all(http.get(link).status_code == 200 for link in links)
    assert http.get("/openapi.json").json()["info"]["title"] == "Purrceptron"


def test_limits_and_schema_can_be_asked(http: httpx.Client) -> None:
    assert http.get("/v1/limits").json()["max_upload_bytes"] == 1_000_000
    schema = http.get("/v1/schema/job").json()
    assert schema["required"] == ["dataset"]
    assert schema["additionalProperties"] is False


# Problems


def test_what_does_not_exist_is_404(http: httpx.Client) -> None:
    expect_problem(http.get("/nope"), 404, "not_found")
    expect_problem(http.get("/v1/jobs/job_" + "0" * 32), 404, "job_not_found")
    expect_problem(http.get("/v1/jobs/job_1:events"), 404, "job_not_found")
    expect_problem(http.post("/v1/jobs/x/cancel"), 404, "job_not_found")
    expect_problem(http.get("/v1/jobs/x/metrics"), 404, "job_not_found")
    expect_problem(http.get("/v1/datasets/x"), 404, "dataset_not_found")
    expect_problem(http.get("/v1/models/nobody"), 404, "model_not_found")
    expect_problem(http.get("/v1/models/%2e%2e"), 404, "model_not_found")
    expect_problem(http.get("/v1/models/nobody/versions/1"), 404, "model_not_found")
    rows = {"rows": [[1.0]]}
    expect_problem(http.post("/v1/models/nobody/predict", json=rows), 404, "model_not_found")
    expect_problem(http.post("/v1/predict", json=rows), 404, "model_not_found")


def test_a_method_that_is_not_there_is_405(http: httpx.Client) -> None:
    expect_problem(http.delete("/v1/jobs"), 405, "method_not_allowed")


@pytest.mark.parametrize("body", [b"{", b"", b"\xff", b'{"dataset": "a"', b"[1,"])
def test_what_is_no_json_is_400_or_422(http: httpx.Client, body: bytes) -> None:
    answer = http.post("/v1/jobs", content=body, headers={"content-type": "application/json"})
    if body:
        expect_problem(answer, 400, "malformed_request")
    else:
        expect_problem(answer, 422, "invalid_parameter")


@pytest.mark.parametrize(
    ("fields", "pointers"),
    [
        ({"dataset": None}, ["/dataset"]),
        ({"dataset": "cats"}, ["/dataset"]),
        ({"epoch": 3}, ["/epoch"]),
        ({"network": {"hidden_units": [20, 0]}}, ["/network/hidden_units/1"]),
        ({"network": {"widths": [20]}}, ["/network/widths"]),
        ({"optimizer": {"kind": "adam", "beta1": 2}}, ["/optimizer/beta1"]),
        ({"optimizer": {"kind": "newton"}}, ["/optimizer/kind"]),
        ({"optimizer": {}}, ["/optimizer/kind"]),
        ({"batch_size": 0}, ["/batch_size"]),
        ({"epochs": "100"}, ["/epochs"]),
        ({"early_stopping": {"patience": 3}}, ["/early_stopping"]),
        ({"precision": "tf32"}, ["/precision"]),
        ({"precision": "tf32", "device": "cpu"}, ["/precision"]),
        ({"precision": "tf32", "device": "tpu"}, ["/device"]),
        ({"schedule": {"kind": "step", "gamma": 2}}, ["/schedule/gamma"]),
        ({"epochs": 0, "seed": -1}, ["/epochs", "/seed"]),
        ({"a/b~c": 1}, ["/a~1b~0c"]),
    ],
)
def test_a_wrong_field_is_named(
    http: httpx.Client, dataset: str, fields: dict[str, Any], pointers: list[str]
) -> None:
    answer = http.post("/v1/jobs", json={"dataset": dataset, **fields})
    expect_problem(answer, 422, "invalid_parameter", *pointers)
    assert http.post("/v1/jobs", json={"dataset": dataset}).status_code == 202


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_what_is_no_number_is_refused(http: httpx.Client, dataset: str, number: str) -> None:
    optimizer = f'{{"kind": "sgd", "learning_rate": {number}}}'
    body = f'{{"dataset": "{dataset}", "optimizer": {optimizer}}}'
    answer = http.post("/v1/jobs", content=body, headers={"content-type": "application/json"})
    expect_problem(answer, 422, "invalid_parameter", "/optimizer/learning_rate")


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=x", "after=*", "state=asleep"])
def test_a_wrong_parameter_is_named(http: httpx.Client, query: str) -> None:
    answer = http.get(f"/v1/jobs?{query}")
    expect_problem(answer, 422, "invalid_parameter")
    assert answer.json()["errors"][0]["parameter"] == query.split("=")[0]


def test_a_body_over_its_limit_is_413_whether_its_length_is_told_or_not(http: httpx.Client) -> None:
    large = b" " * 70_000
    expect_problem(http.post("/v1/jobs", content=large), 413, "too_large")
    pieces = (large[i : i + 10_000] for i in range(0, len(large), 10_000))
    answer = http.post("/v1/jobs", content=pieces, headers={"content-type": "application/json"})
    expect_problem(answer, 413, "too_large")


# Jobs


def test_an_accepted_job_is_queued_and_safe_on_disk(
    http: httpx.Client, dataset: str, root: Path
) -> None:
    answer = http.post("/v1/jobs", json={"dataset": dataset, "model": "cats"})
    job = answer.json()
    assert answer.status_code == 202
    assert answer.headers["location"] == f"/v1/jobs/{job['id']}"
    assert (job["state"], job["queue_position"], job["attempt"]) == ("queued", 1, 0)
    assert job["spec"]["network"]["hidden_units"] == [20, 7, 5]
    assert http.get(answer.headers["location"]).json() == job
    assert (
        json.loads((root / "jobs" / job["id"] / "request.json").read_text())["body"] == job["spec"]
    )


def test_a_dataset_that_is_not_there_is_named(http: httpx.Client) -> None:
    answer = http.post("/v1/jobs", json={"dataset": "ds_" + "0" * 32})
    expect_problem(answer, 422, "invalid_parameter", "/dataset")


def test_a_dataset_that_is_not_ready_is_409(http: httpx.Client, datasets: Records) -> None:
    importing = datasets.create(new_id("ds"), {"name": "a"}).id
    answer = http.post("/v1/jobs", json={"dataset": importing})
    expect_problem(answer, 409, "dataset_not_ready")
    datasets.finish(datasets.claim(importing, "w", 10), State.FAILED, {"problem": {"code": "x"}})
    answer = http.post("/v1/jobs", json={"dataset": importing})
    expect_problem(answer, 409, "dataset_not_ready")
    assert "rejected" in answer.json()["detail"]


def test_a_network_over_the_limit_is_refused_before_anything_is_made(
    http: httpx.Client, dataset: str
) -> None:
    network = {"hidden_units": [65_536, 65_536]}
    answer = http.post("/v1/jobs", json={"dataset": dataset, "network": network})
    expect_problem(answer, 422, "limit_exceeded")
    assert "5,100,470,273" in answer.json()["detail"]


def test_a_job_that_needs_too_much_memory_is_refused_with_the_estimate(
    http: httpx.Client, datasets: Records
) -> None:
    large = {**MANIFEST, "splits": {"train": {"rows": 1_000_000, "per_class": [1, 1]}}}
    made = datasets.create(new_id("ds"), {"name": "large"}).id
    datasets.finish(datasets.claim(made, "w", 10), State.SUCCEEDED, {"result": large})
    answer = http.post("/v1/jobs", json={"dataset": made, "batch_size": "all"})
    expect_problem(answer, 422, "limit_exceeded")
    assert "PURR_MAX_JOB_BYTES" in answer.json()["detail"]
    assert http.post("/v1/jobs", json={"dataset": made}).status_code == 202


def test_a_device_that_no_worker_has_is_refused_at_once(
    http: httpx.Client, dataset: str, client: redis.Redis, root: Path
) -> None:
    spec = {"dataset": dataset, "device": "gpu", "precision": "tf32"}
    client.zadd(attendance("train"), {"w": time.time()})
    answer = http.post("/v1/jobs", json=spec)
    expect_problem(answer, 422, "device_unavailable", "/device")
    assert "purrceptron[gpu]" in answer.json()["detail"]
    assert not list(root.glob("jobs/*"))
    client.zadd(attendance("gpu"), {"w": time.time()})
    assert http.post("/v1/jobs", json=spec).status_code == 202


def test_a_job_says_where_it_is_trained_once_it_has_begun(
    http: httpx.Client, dataset: str, client: redis.Redis
) -> None:
    job = http.post("/v1/jobs", json={"dataset": dataset}).json()
    assert job["device"] is None
    jobs, gpu = open_records(client)["job"], {"kind": "gpu", "name": "NVIDIA H200"}
    jobs.renew(jobs.claim(job["id"], "w", 10), 10, {"device": gpu})
    assert http.get(f"/v1/jobs/{job['id']}").json()["device"] == gpu


def test_a_queued_job_can_be_cancelled_and_stays_so(http: httpx.Client, dataset: str) -> None:
    job = http.post("/v1/jobs", json={"dataset": dataset}).json()["id"]
    first = http.post(f"/v1/jobs/{job}/cancel")
    again = http.post(f"/v1/jobs/{job}/cancel")
    assert (first.status_code, first.json()["state"]) == (200, "cancelled")
    assert again.json() == first.json()


def test_waiting_ends_with_the_seconds(http: httpx.Client, dataset: str) -> None:
    job = http.post("/v1/jobs", json={"dataset": dataset}).json()["id"]
    assert http.get(f"/v1/jobs/{job}?wait=0.3").json()["state"] == "queued"


def test_waiting_ends_with_a_change(http: httpx.Client, dataset: str, client: redis.Redis) -> None:
    job = http.post("/v1/jobs", json={"dataset": dataset}).json()["id"]
    http.post(f"/v1/jobs/{job}/cancel")
    assert http.get(f"/v1/jobs/{job}?wait=60").json()["state"] == "cancelled"


def test_a_negative_wait_is_refused(http: httpx.Client) -> None:
    expect_problem(http.get("/v1/jobs/x?wait=-1"), 422, "invalid_parameter")


def test_lists_go_page_by_page_and_by_state(http: httpx.Client, dataset: str) -> None:
    jobs = [http.post("/v1/jobs", json={"dataset": dataset}).json()["id"] for _ in range(5)]
    http.post(f"/v1/jobs/{jobs[0]}/cancel")
    first = http.get("/v1/jobs?limit=3").json()
    second = http.get(f"/v1/jobs?limit=3&after={first['next']}").json()
    listed = [job["id"] for job in first["data"] + second["data"]]
    assert sorted(listed) == sorted(jobs)
    assert listed == sorted(listed, reverse=True)
    assert second["next"] is None
    assert [j["id"] for j in http.get("/v1/jobs?state=cancelled").json()["data"]] == [jobs[0]]


def test_a_job_that_has_not_begun_has_no_metrics(http: httpx.Client, dataset: str) -> None:
    job = http.post("/v1/jobs", json={"dataset": dataset}).json()["id"]
    assert http.get(f"/v1/jobs/{job}/metrics").json() == {"data": [], "next": None}
    table = http.get(f"/v1/jobs/{job}/metrics", headers={"accept": "text/csv"})
    assert table.text.startswith("epoch,step,loss,accuracy")


# Uploads

FORM = {"content-type": "multipart/form-data; boundary=b"}
NO_BOUNDARY = {"content-type": "multipart/form-data"}


def test_an_upload_is_accepted_once_it_is_on_disk(http: httpx.Client, root: Path) -> None:
    parts = [("file", ("a.h5", b"1" * 10)), ("file", ("../../b.h5", b"2" * 20))]
    answer = http.post("/v1/datasets?name=cats", files=parts)
    body = answer.json()
    assert (answer.status_code, body["state"], body["name"]) == (202, "importing", "cats")
    assert answer.headers["location"] == f"/v1/datasets/{body['id']}"
    files = sorted((root / "uploads" / body["id"]).iterdir())
    assert [f.read_bytes() for f in files] == [b"1" * 10, b"2" * 20]
    assert http.get("/v1/datasets").json()["data"] == [body]


def test_a_raw_body_is_one_file(http: httpx.Client, root: Path) -> None:
    body = http.post("/v1/datasets", content=b"x" * 3_000).json()
    (file,) = (root / "uploads" / body["id"]).iterdir()
    assert file.read_bytes() == b"x" * 3_000


@pytest.mark.parametrize(
    ("request_", "status", "code"),
    [
        ({"content": b""}, 422, "invalid_parameter"),
        ({"files": [("file", ("a.h5", b""))]}, 422, "invalid_parameter"),
        ({"files": [("photo", ("a.h5", b"x"))]}, 422, "invalid_parameter"),
        ({"files": [("file", (f"{i}.h5", b"x")) for i in range(17)]}, 413, "too_large"),
        ({"content": b"x" * 1_000_001}, 413, "too_large"),
        ({"content": b"x" * 1_100_000}, 413, "too_large"),
        ({"content": b"--b\r\n", "headers": FORM}, 422, "invalid_parameter"),
        (
            {
                "content": b"nonsense",
                "headers": {"content-type": "multipart/form-data; boundary=b"},
            },
            422,
            "invalid_parameter",
        ),
        (
            {"content": b"x", "headers": {"content-type": "multipart/form-data"}},
            422,
            "invalid_parameter",
        ),
    ],
)
def test_a_refused_upload_leaves_nothing(
    http: httpx.Client, root: Path, request_: dict[str, Any], status: int, code: str
) -> None:
    expect_problem(http.post("/v1/datasets", **request_), status, code)
    assert not list(root.glob("uploads/*"))
    assert http.get("/v1/datasets").json()["data"] == []


def test_a_large_form_arrives_as_it_was_sent(http: httpx.Client, root: Path) -> None:
    payload = bytes(range(256)) * 3_900  # CR and LF in every place of every chunk
    body = http.post("/v1/datasets", files=[("file", ("a.h5", payload))]).json()
    (file,) = (root / "uploads" / body["id"]).iterdir()
    assert file.read_bytes() == payload

"""Health, documentation and problems, on the service alone."""

import re
from pathlib import Path
from typing import Any

import httpx
import pytest

from service import __version__
from service.launcher.valkey import Valkey
from service.settings import ServiceSettings
from tests.problems import expect_problem
from tests.service.server_thread import serving_app
from tests.worker.data.making import HDF5
from worker.store.version import FILE

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
            http.post("/v1/datasets", content=HDF5),
        ):
            expect_problem(answer, 503, "queue_unavailable")
            assert int(answer.headers["retry-after"]) > 0
    assert not [*root.glob("uploads/*"), *root.glob("imports/*"), *root.glob("jobs/*")]


def test_a_store_of_a_newer_release_is_away_and_it_is_said_what_to_do(
    http: httpx.Client, root: Path
) -> None:
    http.get("/readyz")  # which makes the folder
    (root / FILE).write_text('{"version": 99, "release": "9.1"}')
    answer = http.get("/readyz")
    expect_problem(answer, 503, "not_ready")
    assert answer.json()["away"] == ["store", "workers"]
    assert "got version 99, which release 9.1 has written. Run that" in answer.json()["detail"]


def test_a_full_disk_is_507_and_leaves_nothing(valkey: Valkey, root: Path, client: object) -> None:
    settings = ServiceSettings(redis_url=valkey.url, data_dir=root, min_free_bytes=2**60)
    with serving_app(settings) as http:
        expect_problem(http.post("/v1/datasets", content=HDF5), 507, "insufficient_storage")
        assert http.get("/readyz").json()["away"] == ["store", "workers"]
    assert not list(root.glob("uploads/*"))


def test_the_documentation_needs_no_internet(http: httpx.Client) -> None:
    page = http.get("/docs").text
    links = [part.split('"')[0] for part in page.split('src="')[1:] + page.split('href="')[1:]]
    assert links
    assert all(link.startswith("/static-offline-docs/") for link in links)
    assert all(http.get(link).status_code == 200 for link in links)
    assert http.get("/openapi.json").json()["info"]["title"] == "Purrceptron"


BROWSER = {"accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


def test_a_browser_is_shown_the_page(http: httpx.Client) -> None:
    answer = http.get("/", headers=BROWSER)
    assert answer.status_code == 200
    assert answer.headers["vary"] == "Accept"
    assert answer.headers["content-type"].startswith("text/html")
    for link in re.findall(r'(?:src|href)="(/[^"]+)"', answer.text):
        assert http.get(link).status_code == 200, link


def test_all_others_are_told_where_everything_is(http: httpx.Client) -> None:
    links = http.get("/").json()
    assert links.pop("version") == __version__
    assert {"docs", "openapi", "health", "datasets", "jobs", "models", "webhooks"} <= links.keys()
    for name, link in links.items():
        assert http.get(link).status_code == (503 if name == "readiness" else 200), name


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
    http: httpx.Client, known: str, fields: dict[str, Any], pointers: list[str]
) -> None:
    answer = http.post("/v1/jobs", json={"dataset": known, **fields})
    expect_problem(answer, 422, "invalid_parameter", *pointers)
    assert http.post("/v1/jobs", json={"dataset": known}).status_code == 202


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_what_is_no_number_is_refused(http: httpx.Client, known: str, number: str) -> None:
    optimizer = f'{{"kind": "sgd", "learning_rate": {number}}}'
    body = f'{{"dataset": "{known}", "optimizer": {optimizer}}}'
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

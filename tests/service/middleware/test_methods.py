"""HEAD, OPTIONS and methods that a path has not; parameters that it has not; and where it lies."""

from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from service.launcher.valkey import Valkey
from service.settings import ServiceSettings
from tests.problems import expect_problem
from tests.service.server_thread import serving_app
from tests.worker.data.making import HDF5

GET_PATHS = (
    "/v1/datasets", "/v1/jobs", "/v1/models", "/v1/limits", "/v1/usage", "/v1/retention",
    "/livez", "/readyz",
    "/docs", "/openapi.json",
)  # fmt: skip


@pytest.mark.parametrize("path", GET_PATHS)
def test_head_is_get_without_its_body(http: httpx.Client, path: str) -> None:
    whole, head = http.get(path), http.head(path)
    assert (head.status_code, head.content) == (whole.status_code, b"")
    assert head.headers["content-type"] == whole.headers["content-type"]
    assert head.headers["content-length"] == str(len(whole.content))


def test_head_of_what_is_not_there_is_404(http: httpx.Client) -> None:
    assert http.head("/v1/jobs/job_0").status_code == 404
    assert http.head("/nowhere").status_code == 404


def test_head_of_a_stream_ends(http: httpx.Client, known: str) -> None:
    job = http.post("/v1/jobs", json={"dataset": known, "model": "cats"}).json()["id"]
    head = http.head(f"/v1/jobs/{job}/events", timeout=10)
    assert head.headers["content-type"].startswith("text/event-stream")
    assert http.get("/livez").status_code == 200


@pytest.mark.parametrize(
    ("path", "allow"),
    [
        ("/v1/jobs", "GET, HEAD, OPTIONS, POST"),
        ("/v1/jobs/job_1", "GET, HEAD, OPTIONS, PATCH"),
        ("/v1/jobs/job_1/cancel", "OPTIONS, POST"),
        ("/v1/predict", "OPTIONS, POST"),
        ("/livez", "GET, HEAD, OPTIONS"),
    ],
)
def test_allow_is_complete(http: httpx.Client, path: str, allow: str) -> None:
    options = http.request("OPTIONS", path)
    assert (options.status_code, options.headers["allow"]) == (204, allow)
    refused = http.put(path)
    expect_problem(refused, 405, "method_not_allowed")
    assert refused.headers["allow"] == allow


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/v1/jobs?limt=3", "did you mean limit?"),
        ("/v1/jobs?stat=queued", "did you mean state?"),
        ("/v1/jobs?zzzzz=1", "known: after, dataset, limit, model, schedule, state, sweep, tag"),
        ("/livez?x=1", "known: none"),
    ],
)
def test_a_parameter_that_is_not_known_is_refused(
    http: httpx.Client, path: str, words: str
) -> None:
    answer = http.get(path)
    expect_problem(answer, 422, "invalid_parameter")
    assert words in answer.json()["detail"]
    assert answer.json()["errors"][0]["parameter"] == path.partition("?")[2].partition("=")[0]


def test_known_ones_and_none_pass(http: httpx.Client) -> None:
    for path in ("/v1/jobs?limit=3&state=queued", "/v1/jobs?", "/v1/jobs/"):
        assert http.get(path).status_code == 200


@pytest.mark.parametrize(
    ("field", "meant"),
    [
        ({"learning_rate": 0.1}, "/optimizer/learning_rate"),
        ({"optimizer": {"kind": "adam", "lr": 0.1}}, "/optimizer/learning_rate"),
        ({"network": {"hidden_layers": [3]}}, "/network/hidden_units"),
        ({"epoch": 3}, "/epochs"),
        ({"Batch-Size": 3}, "/batch_size"),
    ],
)
def test_a_field_that_is_not_known_is_told_which_was_meant(
    http: httpx.Client, known: str, field: dict[str, object], meant: str
) -> None:
    answer = http.post("/v1/jobs", json={"dataset": known, "model": "cats", **field})
    assert answer.status_code == 422
    assert f"did you mean {meant}?" in answer.json()["detail"]


@pytest.mark.parametrize("by", ["setting", "proxy"])
@pytest.mark.parametrize("stripped", [True, False])
def test_under_a_path_everything_leads_back_under_it(
    valkey: Valkey, root: Path, by: str, stripped: bool
) -> None:
    settings = ServiceSettings(
        redis_url=valkey.url, data_dir=root, min_free_bytes=0,
        root_path="/cats" if by == "setting" else "",
    )  # fmt: skip
    headers = {"x-forwarded-prefix": "/cats", "x-forwarded-proto": "https"} if by == "proxy" else {}
    at = "" if stripped else "/cats"
    with serving_app(settings) as http:
        http.headers.update(headers)
        made = http.post(f"{at}/v1/datasets?name=x", files=[("file", ("a.h5", HDF5))])
        assert urlsplit(made.headers["location"]).path.startswith("/cats/v1/datasets/ds_")
        page = http.get(f"{at}/docs")
        assert page.status_code == 200
        assert "/cats/openapi.json" in page.text
        for link in ("openapi.json", "static-offline-docs/swagger-ui.css", "v1/jobs", "livez"):
            assert http.get(f"{at}/{link}").status_code == 200, link
        assert http.get(f"{at}/v1/jobs/").status_code == 200
        assert http.get(f"{at}/").json()["jobs"] == "/cats/v1/jobs"
        shown = http.get(at or "/", headers={"accept": "text/html"})
        assert 'src="/cats/page/main.js"' in shown.text
        assert http.get(f"{at}/page/main.js").status_code == 200


def test_who_is_no_trusted_proxy_is_not_believed(valkey: Valkey, root: Path) -> None:
    settings = ServiceSettings(
        redis_url=valkey.url, data_dir=root, min_free_bytes=0, trusted_proxies=("10.0.0.0/8",)
    )
    with serving_app(settings) as http:
        page = http.get("/docs", headers={"x-forwarded-prefix": "/cats"})
        assert "/cats/" not in page.text

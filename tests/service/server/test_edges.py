"""What nobody should send: a problem each, never a 5xx, and the connection goes on."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import ValidationError

from service.errors import MOST_FAULTS
from service.requests.faults import MOST_CHARACTERS
from service.settings import ServiceSettings
from tests.problems import expect_problem
from tests.worker.data.making import HDF5
from tests.worker.serving.test_loaded_models import publish
from worker.store.store import Store

JSON = {"content-type": "application/json"}
HUGE = "9" * 300


@pytest.fixture
def model(root: Path) -> str:
    publish(Store(root), "edges")
    return "edges"


@pytest.mark.parametrize("origin", ["http://[", "[", "http://[::1", "//", "", "null", "http://a:x"])
def test_an_origin_that_is_none_is_foreign(http: httpx.Client, origin: str) -> None:
    expect_problem(http.get("/v1/limits", headers={"origin": origin}), 403, "cross_origin")


@pytest.mark.parametrize("host", ["[", "[::1", "a:b:c", "é", "http://[", "x" * 3000])
def test_a_host_that_is_none_is_foreign(http: httpx.Client, host: str) -> None:
    answer = http.get("/v1/limits", headers={b"host": host.encode()})
    expect_problem(answer, 421, "misdirected_host")
    assert len(answer.content) < 600


@pytest.mark.parametrize(
    ("spec", "pointer"),
    [
        ({"batch_size": [1]}, "/batch_size"),
        ({"batch_size": [[]]}, "/batch_size"),
        ({"batch_size": {"0": 1}}, "/batch_size"),
        ({"batch_size": 10**400}, "/batch_size"),
        ({"batch_size": True}, "/batch_size"),
        ({"optimizer": [1]}, "/optimizer"),
        ({"optimizer": {"kind": ["adam"]}}, "/optimizer/kind"),
        ({"network": {"hidden_units": {"0": 1}}}, "/network/hidden_units"),
        ({"network": {"hidden_units": [[1]]}}, "/network/hidden_units/0"),
        ({"seed": 1e300}, "/seed"),
        ({"webhook": "http://["}, "/webhook"),
        ({"webhook": ["http://a"]}, "/webhook"),
        ({"early_stopping": {"patience": [1]}}, "/early_stopping/patience"),
    ],
)
def test_a_value_of_a_strange_kind_is_named(
    http: httpx.Client, known: str, spec: dict[str, Any], pointer: str
) -> None:
    body = json.dumps({"dataset": known, **spec})
    answer = http.post("/v1/jobs", content=body, headers=JSON)
    expect_problem(answer, 422, "invalid_parameter")
    assert pointer in {fault["pointer"] for fault in answer.json()["errors"]}


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"dataset": "a", "dataset": "b"}', "'dataset' twice"),
        (b'{"dataset": "a", "network": {"dropout": 0, "dropout": 0}}', "'dropout' twice"),
        (b"[" * 60_000, "nested too deep"),
        (b'{"a":' * 9_000, "nested too deep"),
        (b'{"epochs": ' + b"9" * 5_000 + b"}", "digits"),
        (b'{"dataset": "\xff"}', "utf-8"),
        (b'{"dataset": "a"} x', "Extra data"),
    ],
)
def test_a_body_that_can_be_read_two_ways_or_none_is_400(
    http: httpx.Client, body: bytes, words: str
) -> None:
    answer = http.post("/v1/jobs", content=body, headers=JSON)
    expect_problem(answer, 400, "malformed_request")
    assert words in answer.json()["detail"]


@pytest.mark.parametrize("version", [HUGE, "0", "-1", "1.5", "x" * 300, "%00", "1e3", "٣"])
@pytest.mark.parametrize("path", ["", "/weights.safetensors", "/predict"])
def test_a_version_that_is_none_is_named(
    http: httpx.Client, model: str, version: str, path: str
) -> None:
    method = "POST" if path == "/predict" else "GET"
    answer = http.request(method, f"/v1/models/{model}/versions/{version}{path}")
    expect_problem(answer, 422, "invalid_parameter")
    assert answer.json()["errors"][0]["parameter"] == "version"


@pytest.mark.parametrize("name", ["%2e%2e", "a%00b", "x" * 300, "A", "%ff", "%ed%a0%80", "a%5cb"])
def test_a_name_that_is_none_is_not_found(http: httpx.Client, name: str) -> None:
    for answer in (http.get(f"/v1/models/{name}"), http.post(f"/v1/models/{name}/predict")):
        expect_problem(answer, 404, "model_not_found")
        assert len(answer.content) < 600


@pytest.mark.parametrize("path", ["jobs", "datasets", "models", "models/edges", "webhooks"])
@pytest.mark.parametrize("query", [f"limit={HUGE}", f"after={HUGE}", "after=%00", "limit=٣"])
def test_a_parameter_that_is_none_is_named(
    http: httpx.Client, model: str, path: str, query: str
) -> None:
    expect_problem(http.get(f"/v1/{path}?{query}"), 422, "invalid_parameter")


@pytest.mark.parametrize("name", ["a%00b", "a%0ab", "%1b[31m", "%7f", "%c2%80", "%e2%80%ae", "%20"])
def test_a_name_with_control_characters_is_refused(http: httpx.Client, name: str) -> None:
    answer = http.post(f"/v1/datasets?name={name}", content=b"x")
    expect_problem(answer, 422, "invalid_parameter")
    (error,) = answer.json()["errors"]
    assert error["parameter"] == "name"
    assert error["detail"].startswith("expected a name without control characters, and not of")


@pytest.mark.parametrize("name", ["Bild 9.41\u202fAM", "Katzen 🐱", "a\u00a0b"])
def test_a_name_may_have_any_other_character(http: httpx.Client, name: str) -> None:
    answer = http.post("/v1/datasets", params={"name": name}, content=HDF5)
    assert answer.status_code == 202
    assert http.get(answer.headers["location"]).json()["name"] == name


@pytest.mark.parametrize("boundary", ["", "=", "=" + "x" * 257, "=x" + "y" * 20_000, '="', "=a b"])
@pytest.mark.parametrize("path", ["/v1/datasets", "/v1/models/edges/predict"])
def test_a_boundary_that_is_none_is_refused(
    http: httpx.Client, model: str, path: str, boundary: str
) -> None:
    kind = f"multipart/form-data; boundary{boundary}"
    answer = http.post(path, content=b"--x\r\n\r\n", headers={"content-type": kind})
    expect_problem(answer, 422, "invalid_parameter")
    assert len(answer.content) < 900


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "PROPFIND", "X" * 300])
def test_a_method_that_is_none_is_405(http: httpx.Client, method: str) -> None:
    expect_problem(http.request(method, "/v1/jobs"), 405, "method_not_allowed")


def test_what_is_wrong_throughout_is_told_at_most_twenty_times(
    http: httpx.Client, known: str
) -> None:
    unknown = {f"field{number}": 1 for number in range(3_000)}
    answer = http.post("/v1/jobs", json={"dataset": known, **unknown})
    problem = answer.json()
    assert len(problem["errors"]) == MOST_FAULTS
    assert problem["errors_left_out"] == 3_000 - MOST_FAULTS
    assert "; and 2,980 more." in problem["detail"]
    assert len(answer.content) < 6_000


def test_what_comes_back_is_not_as_long_as_what_was_sent(http: httpx.Client, known: str) -> None:
    answer = http.post("/v1/jobs", json={"dataset": known, "x" * 60_000: 1})
    expect_problem(answer, 422, "invalid_parameter")
    assert len(answer.content) < 4 * MOST_CHARACTERS
    missing = http.get("/v1/" + "x" * 20_000)
    expect_problem(missing, 404, "not_found")
    assert len(missing.content) < 3 * MOST_CHARACTERS


@pytest.mark.parametrize(
    "key", ["whiskers ", " whiskers", "whiskers\n", "whis\nkers", "schnurrhaare-ü", "\x7f", "\t"]
)
def test_a_key_that_nobody_could_show_is_refused_at_the_start(key: str) -> None:
    with pytest.raises(ValidationError, match="no blank at an end") as refusal:
        ServiceSettings(redis_url="unix:///nowhere", api_key=key)
    assert "whis" not in str(refusal.value)
    assert "schnurr" not in str(refusal.value)


def test_pages_run_their_own_scripts_and_no_other(http: httpx.Client) -> None:
    for path in ("/docs", "/redoc"):
        answer = http.get(path)
        policy = answer.headers["content-security-policy"]
        scripts = policy.split("script-src ")[1].split(";")[0]
        assert scripts.split()[0] == "'self'"
        assert scripts.count("'sha256-") == answer.text.count("<script>")
        assert "unsafe" not in scripts
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("path", ["/livez", "/v1/jobs", "/v1/nothing", "/openapi.json"])
def test_all_else_runs_nothing_at_all(http: httpx.Client, path: str) -> None:
    headers = http.get(path).headers
    assert headers["content-security-policy"].startswith("default-src 'none'")
    assert headers["x-content-type-options"] == "nosniff"

"""Whatever is refused under /v2, by whichever layer, has the `error` that clients read."""

import base64
from collections.abc import Iterator

import httpx
import pytest
from pydantic import SecretStr

from service.settings import ServiceSettings
from tests.service.inference_protocol.asking import PIXELS, expect_good, expect_refusal
from tests.service.inference_protocol.models import publish_models
from tests.service.server_thread import serving_app

KEY = "a key of twenty chars"


@pytest.mark.parametrize(
    ("method", "path", "headers", "status", "told"),
    [
        ("GET", "/v2/nothing", {}, 404, "Not Found: GET /v2/nothing."),
        ("GET", "/v2/models/a/b", {}, 404, "Not Found"),
        ("GET", "/v2/models/stats", {}, 404, "No model"),
        ("GET", "/v2/models/nobody", {}, 404, "No model has the name nobody."),
        ("GET", "/v2/models/%2e%2e", {}, 404, "No model has the name '..'."),
        ("GET", f"/v2/models/{'x' * 70}.image", {}, 404, "No model has the name"),
        ("GET", "/v2/models/plain.image", {}, 404, "was trained on rows"),
        ("GET", "/v2/models/pixels/versions/0", {}, 404, "version 0"),
        ("GET", "/v2/models/pixels/versions/²", {}, 404, "No alias of pixels"),
        ("GET", "/v2/models/pixels/versions/3/ready", {}, 503, "has changed on disk"),
        ("GET", PIXELS, {}, 405, "Expected one of OPTIONS, POST"),
        ("GET", "/v2?whiskers=7", {}, 400, "whiskers: is not known here"),
        ("GET", "/v2", {"Host": "foreign.example"}, 421, "Expected a Host"),
        ("GET", "/v2", {"Origin": "http://foreign.example"}, 403, "this service's own origin"),
        ("GET", "/v2", {"X-Long": "x" * 33_000}, 431, "Send less in the head"),
        ("POST", PIXELS, {"Content-Encoding": "br"}, 400, "gzip, deflate or neither"),
    ],
)
def test_every_layer_tells_an_error(
    http: httpx.Client, method: str, path: str, headers: dict[str, str], status: int, told: str
) -> None:
    expect_refusal(http.request(method, path, headers=headers), told, status)
    expect_good(http)


def test_a_fault_of_the_service_is_told_too(
    http: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.routes.inference.infer", None)
    answer = http.post(PIXELS, content=b"{}")
    expect_refusal(answer, "Something unexpected", 500)
    assert answer.headers["Connection"] == "close"  # for the service does close it
    monkeypatch.undo()
    expect_good(http)


def test_a_problem_elsewhere_has_no_error(http: httpx.Client) -> None:
    assert "error" not in http.get("/v1/nothing").json()
    assert "error" not in http.get("/v2nothing").json()


@pytest.fixture(scope="module")
def keyed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A service that asks for a key."""
    root = tmp_path_factory.mktemp("data")
    publish_models(root)
    settings = ServiceSettings(
        redis_url="unix:///nowhere.sock", data_dir=root, min_free_bytes=0, api_key=SecretStr(KEY)
    )
    with serving_app(settings) as http:
        yield http


def basic(user: bytes, password: bytes) -> str:
    return "Basic " + base64.b64encode(user + b":" + password).decode()


@pytest.mark.parametrize(
    "said", [f"Bearer {KEY}", basic(b"", KEY.encode()), basic(b"any body", KEY.encode())]
)
def test_the_key_is_taken_as_a_token_and_as_a_password(keyed: httpx.Client, said: str) -> None:
    expect_good(keyed, {"Authorization": said})


@pytest.mark.parametrize(
    "said",
    [
        None, "", "Basic", "Basic ?", "Basic 7", f"Basic {KEY}", basic(b"x", b"no key"),
        basic(KEY.encode(), b""), basic(b"x", b"\xff"), basic(b"x", "ключ".encode()), "Digest x",
    ],
)  # fmt: skip
def test_nothing_else_is(keyed: httpx.Client, said: str | None) -> None:
    headers = {} if said is None else {"Authorization": said}
    answer = keyed.get("/v2", headers=headers)
    expect_refusal(answer, "Expected an API key", 401)
    assert answer.headers["www-authenticate"] == "Bearer"


def test_a_password_opens_nothing_else(keyed: httpx.Client) -> None:
    password = {"Authorization": basic(b"x", KEY.encode())}
    assert keyed.get("/v1/models", headers=password).status_code == 401


def test_health_needs_no_key(keyed: httpx.Client) -> None:
    assert keyed.get("/v2/health/live").json() == {"live": True}
    assert keyed.get("/v2/health/ready").json() == {"ready": True}

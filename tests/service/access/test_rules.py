"""What each route needs of a key: written down here a second time, by hand."""

import pytest
from fastapi import FastAPI
from starlette.routing import Route

from service.access.rules import Rules
from service.access.scopes import ADMIN, ANY, OPEN, TRAIN, ScopedRouter
from service.app import ROUTERS, create_app
from service.middleware.access import OPEN as OPEN_PATHS
from service.settings import ServiceSettings

NOWHERE = ServiceSettings(redis_url="unix:///nowhere.sock")
RULES = Rules(module.router for module in ROUTERS)

# Whatever is not here: GET and HEAD need `read`, and all that changes something `train`.
ABOUT = {"/v1/limits", "/v1/recipes", "/v1/schema/job"}
ASKING_A_MODEL = {
    "/v1/predict",
    "/v1/models/{name}/predict",
    "/v1/models/{name}/aliases/{alias}/predict",
    "/v1/models/{name}/versions/{version}/predict",
    "/v1/models/{name}/explain",
    "/v1/models/{name}/versions/{version}/explain",
    "/v2/models/{name}/infer",
    "/v2/models/{name}/versions/{version}/infer",
}
OF_THE_PROTOCOL = {
    "/v2",
    "/v2/models/{name}",
    "/v2/models/{name}/ready",
    "/v2/models/{name}/versions/{version}",
    "/v2/models/{name}/versions/{version}/ready",
    "/v2/repository/index",
}
BEFORE_TRAINING = {("POST", "/v1/jobs/estimate"), ("POST", "/v1/lessons/step")}


def expected(method: str, path: str) -> set[str]:
    if path in OPEN_PATHS:
        return set()
    if path.startswith(("/v1/keys", "/v1/audit")):
        return {"admin"}
    if path in ABOUT | {"/mcp"}:
        return {"predict", "read", "train", "admin"}
    if path in ASKING_A_MODEL:
        return {"predict"}
    if path in OF_THE_PROTOCOL:
        return {"read", "predict"}
    if (method, path) in BEFORE_TRAINING or (path.startswith("/v1/uploads/") and method == "HEAD"):
        return {"read", "train"}
    return {"read"} if method in ("GET", "HEAD") else {"train"}


def test_every_route_needs_what_is_written_down_here() -> None:
    found = {(rule.method, rule.template): {*rule.needs} for rule in RULES.rules}
    assert found == {(method, path): expected(method, path) for method, path in found}
    assert len(found) > 100


@pytest.fixture(scope="module")
def app() -> FastAPI:
    return create_app(NOWHERE)


def test_no_route_of_the_application_is_without_a_rule(app: FastAPI) -> None:
    known = {rule.template for rule in RULES.rules} | OPEN_PATHS
    routers = [getattr(route, "original_router", None) for route in app.routes]
    paths = {r.path for router in routers if router for r in router.routes}
    own = {route.path for route in app.routes if isinstance(route, Route)}
    assert (paths | own) - known == set()
    described = {(m.upper(), p) for p, methods in app.openapi()["paths"].items() for m in methods}
    assert described <= {(rule.method, rule.template) for rule in RULES.rules}


def test_a_route_that_says_nothing_keeps_the_service_from_starting() -> None:
    router = ScopedRouter(prefix="/v1/new", needs={"GET": ADMIN})
    router.add_api_route("/thing", lambda: None, methods=["GET"])
    assert [rule.needs for rule in Rules([router]).rules] == [ADMIN]
    router.add_api_route("/thing", lambda: None, methods=["POST"])
    with pytest.raises(LookupError, match="POST /v1/new/thing"):
        Rules([router])


@pytest.mark.parametrize(
    ("method", "path", "needs"),
    [
        ("HEAD", "/v1/jobs", ("read",)),
        ("HEAD", "/v1/keys", ADMIN),
        ("OPTIONS", "/v1/keys", ANY),
        ("GET", "/nowhere", ANY),
        ("POST", "/nowhere", ADMIN),
        ("BREW", "/v1/jobs", ADMIN),
        ("POST", "/v1/predict/", ADMIN),
        ("GET", "//v1/keys", ANY),  # no route has it
        ("POST", "/v1/models/predict", ADMIN),
        ("PUT", "/v1/models/cats/aliases/predict", TRAIN),
        ("DELETE", "/v1/models/predict", TRAIN),
        ("GET", "/livez", OPEN),
    ],
)
def test_what_a_request_needs_is_what_its_route_does(
    method: str, path: str, needs: tuple[str, ...]
) -> None:
    assert RULES.needed(method, path) == needs


def test_the_document_shows_the_scopes(app: FastAPI) -> None:
    paths = app.openapi()["paths"]
    assert paths["/v1/predict"]["post"]["security"] == [{}, {"key": ["predict"]}]
    assert paths["/v1/keys"]["get"]["security"] == [{}, {"key": ["admin"]}]
    estimating = paths["/v1/jobs/estimate"]["post"]["security"]
    assert estimating == [{}, {"key": ["read"]}, {"key": ["train"]}]
    assert paths["/livez"]["get"]["security"] == []


def test_what_changes_something_is_known() -> None:
    assert RULES.changes("POST", "/v1/jobs")
    assert RULES.changes("DELETE", "/v1/keys/x")
    for method, path in (("GET", "/v1/keys"), *BEFORE_TRAINING, ("POST", "/v1/predict")):
        assert not RULES.changes(method, path)

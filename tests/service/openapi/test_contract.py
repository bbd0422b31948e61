"""What `/openapi.json` promises: generators understand it, and its examples are true."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.routing import APIRoute
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate
from pydantic import SecretStr

from service.app import ROUTERS, create_app
from service.middleware.access import OPEN
from service.openapi.examples import ANSWERS, BODIES
from service.schemas.jobs import Job
from service.schemas.models import Version
from service.settings import ServiceSettings
from tests.service.api import Api
from worker.jsontypes import Json

NOWHERE = ServiceSettings(redis_url="unix:///nowhere.sock")
KEYED_SETTINGS = NOWHERE.model_copy(update={"api_key": SecretStr("a key of twenty chars")})
PROBLEM = {"$ref": "#/components/schemas/ProblemDocument"}
# Without JSON or text in them: a picture of bytes, or of nothing, would help nobody.
BINARY = {
    "download_weights", "delete_alias", "delete_backbone", "delete_dataset", "delete_scoring",
    "delete_schedule",
    "show_preview", "show_evidence", "show_picture", "show_errors", "download_onnx",
    "download_event_file", "download_bundle", "delete_model", "delete_model_version",
    "revoke_key",
}  # fmt: skip


@pytest.fixture(scope="module")
def document() -> Json:
    return create_app(KEYED_SETTINGS).openapi()


@pytest.fixture(scope="module")
def operations(document: Json) -> dict[str, Json]:
    return {
        each["operationId"]: each for path in document["paths"].values() for each in path.values()
    }


def test_it_is_valid_openapi(document: Json) -> None:
    validate(document)


def test_an_operation_is_called_as_its_function_and_no_other(operations: dict[str, Json]) -> None:
    routes = [route for routes in ROUTERS for route in routes.router.routes]
    shown = [r.name for r in routes if isinstance(r, APIRoute) and r.include_in_schema]
    assert sorted(operations) == sorted(shown)


def parts(schema: Any) -> Iterator[Json]:
    """All objects in a document."""
    if isinstance(schema, dict):
        yield schema
    for part in schema.values() if isinstance(schema, dict) else schema:
        if isinstance(part, dict | list):
            yield from parts(part)


def test_no_default_is_an_object(document: Json) -> None:
    assert [p for p in parts(document["components"]) if isinstance(p.get("default"), dict)] == []


def test_every_refusal_is_a_problem(operations: dict[str, Json]) -> None:
    for name, operation in operations.items():
        refusals = {s: r for s, r in operation["responses"].items() if s >= "4"}
        assert {"403", "413", "421", "422", "500", "503"} <= refusals.keys(), name
        for answer in refusals.values():
            assert answer["content"] == {"application/problem+json": {"schema": PROBLEM}}


@pytest.mark.parametrize(
    "model", ["Job", "RetriedJob", "Version", "Sweep", "SweepSummary", "Schedule"]
)
def test_a_spec_in_an_answer_is_the_spec_that_is_sent(document: Json, model: str) -> None:
    shown = document["components"]["schemas"][model]["properties"]["spec"]
    sent = document["paths"]["/v1/jobs"]["post"]["requestBody"]["content"]["application/json"]
    assert shown == sent["schema"] == {"$ref": "#/components/schemas/JobSpec"}


# Keys


def test_the_key_is_asked_for_everywhere_but_where_it_is_not(document: Json) -> None:
    assert document["components"]["securitySchemes"]["key"]["scheme"] == "bearer"
    assert document["security"] == [{"key": []}]
    for path, methods in document["paths"].items():
        for operation in methods.values():
            assert (operation.get("security") == []) == (path in OPEN)
            assert ("401" in operation["responses"]) == (path not in OPEN)


def test_without_a_key_none_is_needed() -> None:
    assert {} in create_app(NOWHERE).openapi()["security"]


def test_metrics_that_are_open_need_none() -> None:
    settings = KEYED_SETTINGS.model_copy(update={"metrics_open": True})
    assert create_app(settings).openapi()["paths"]["/metrics"]["get"]["security"] == []


# Examples


def examples(operation: Json) -> Iterator[tuple[Json, Any]]:
    """The examples of an operation, each with the schema that it must have."""
    contents = [operation.get("requestBody", {}), *operation["responses"].values()]
    for content in contents:
        for media in content.get("content", {}).values():
            if "example" in media:
                yield media["schema"], media["example"]
    for parameter in operation.get("parameters", ()):
        if "example" in parameter:
            yield parameter["schema"], parameter["example"]


def test_every_example_is_of_an_operation(operations: dict[str, Json]) -> None:
    assert ANSWERS.keys() == operations.keys() - BINARY
    sent = {name for name, operation in operations.items() if takes_json(operation)}
    assert BODIES.keys() == sent


def takes_json(operation: Json) -> bool:
    return "application/json" in operation.get("requestBody", {}).get("content", {})


@pytest.mark.parametrize("name", ANSWERS)
def test_an_example_is_what_its_schema_says(
    document: Json, operations: dict[str, Json], name: str
) -> None:
    found = list(examples(operations[name]))
    assert found
    for schema, example in found:
        whole = {**schema, "components": document["components"]}
        Draft202012Validator(whole).validate(example)


def test_the_job_that_the_page_proposes_runs(api: Api, dataset: str) -> None:
    document = api.http.get("/openapi.json").json()
    body = document["paths"]["/v1/jobs"]["post"]["requestBody"]["content"]["application/json"]
    job = api.train(**{**body["example"], "dataset": dataset, "model": "proposed"})
    assert job["model"] == {"name": "proposed", "version": 1}


# What was kept by other releases


def test_a_spec_that_could_not_be_asked_for_today_is_shown_as_it_was_kept() -> None:
    spec = {"dataset": "x", "optimizer": {"kind": "adagrad"}, "whiskers": 7}
    assert Version.model_validate({**ANSWERS["show_version"], "spec": spec}).spec == spec
    assert Job.model_validate({**ANSWERS["show_job"], "spec": spec}).spec == spec

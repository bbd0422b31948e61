"""What `/openapi.json` says beyond what the routes say by themselves: refusals, keys, examples."""

from collections.abc import Iterator
from functools import cache
from http import HTTPStatus

from fastapi import FastAPI
from fastapi.routing import APIRoute

from service.access.rules import Rules
from service.middleware.access import METRICS, OPEN
from service.openapi.examples import ANSWERS, BODIES, PARAMETERS
from service.settings import ServiceSettings
from worker.jsontypes import Json

Responses = dict[int | str, Json]

# What every route may answer, whatever it does: of these most are said before it is asked.
EVERYWHERE = (400, 401, 403, 408, 413, 415, 421, 422, 429, 431, 500, 503)
PROBLEM = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/ProblemDocument"}}}
# Models whose `spec` was kept by the release that accepted it: it is told without being read again,
# which costs nothing, and shows what a release of today would not accept.
WITH_SPEC = ("Job", "RetriedJob", "Version", "Sweep", "SweepSummary", "Schedule")
KEY = {
    "type": "http",
    "scheme": "bearer",
    "description": "What `PURR_API_KEY` is set to; where it is not set, no key is asked for. "
    "`PURR_READ_KEY`'s may look and ask, those of `POST /v1/keys` may do what their scopes say. "
    "Each operation names the scopes of which it needs one; `admin` is for all.",
}


def problems(*statuses: int) -> Responses:
    """For a route's `responses`: that it may refuse in these ways."""
    return {
        status: {"description": HTTPStatus(status).phrase, "content": PROBLEM}
        for status in statuses
    }


def operation_id(route: APIRoute) -> str:
    """The name that generated clients give a route: its function's."""
    return route.name


def describe(app: FastAPI, settings: ServiceSettings, rules: Rules) -> None:
    """Let the application describe itself wholly; it is written when it is first asked for."""
    generate = app.openapi

    @cache
    def openapi() -> Json:
        document = generate()
        add_security(document, settings, rules)
        for name in WITH_SPEC:
            shown = document["components"]["schemas"][name]["properties"]
            shown["spec"] = {"$ref": "#/components/schemas/JobSpec"}
        for operation in operations(document):
            add_examples(operation)
            operation["responses"] = dict(sorted(operation["responses"].items()))
        return document

    app.openapi = openapi  # type: ignore[method-assign]


def add_security(document: Json, settings: ServiceSettings, rules: Rules) -> None:
    """Say which scopes of a key each operation needs, any one of them; where none is set it is
    still taken."""
    document["components"]["securitySchemes"] = {"key": KEY}
    nobody: list[Json] = [] if settings.api_key else [{}]
    document["security"] = [*nobody, {"key": []}]
    for rule in rules.rules:
        operation = document["paths"].get(rule.template, {}).get(rule.method.lower())
        if operation is not None:
            operation["security"] = [*nobody, *({"key": [str(one)]} for one in rule.needs)]
    for path in OPEN | ({METRICS} if settings.metrics_open else set()):
        for operation in document["paths"].get(path, {}).values():
            operation["security"] = []
            operation["responses"].pop("401")


def operations(document: Json) -> Iterator[Json]:
    for methods in document["paths"].values():
        yield from methods.values()


def add_examples(operation: Json) -> None:
    """Show what may be sent, and what is answered."""
    name = operation["operationId"]
    for parameter in operation.get("parameters", ()):
        if parameter["name"] in PARAMETERS:
            parameter["example"] = PARAMETERS[parameter["name"]]
    if name in BODIES:
        operation["requestBody"]["content"]["application/json"]["example"] = BODIES[name]
    if name in ANSWERS:
        status = min(operation["responses"])
        kind = next(iter(operation["responses"][status]["content"].values()))
        kind["example"] = ANSWERS[name]

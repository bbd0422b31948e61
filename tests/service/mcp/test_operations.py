"""From the description of the API to tools, and from arguments to requests."""

from typing import Any

import pytest
from fastapi.routing import APIRoute

from service.access.caller import READER
from service.access.rules import Rules
from service.app import ROUTERS
from service.mcp.arguments import asking, input_schema
from service.mcp.curves import spread
from service.mcp.operations import Operation, operations_of
from service.mcp.tools import READING, TOOLS, WRITING
from worker.errors import InvalidParameter

NAMES = {name for tool in TOOLS.values() for name in tool.operations}
ROUTES = [route for routes in ROUTERS for route in routes.router.routes]


@pytest.fixture(scope="module")
def operations() -> dict[str, Operation]:
    return operations_of(ROUTES, NAMES)


def test_every_tool_asks_operations_that_there_are(operations: dict[str, Operation]) -> None:
    assert operations.keys() == NAMES
    named = {r.name: r for r in ROUTES if isinstance(r, APIRoute) and r.name in NAMES}
    for name, operation in operations.items():
        assert operation.path == named[name].path


def test_a_tool_that_reads_asks_nothing_that_a_key_to_read_may_not(
    operations: dict[str, Operation],
) -> None:
    rules = Rules(module.router for module in ROUTERS)

    def reads(names: tuple[str, ...]) -> set[bool]:
        meant = [operations[name] for name in names]
        return {READER.may(rules.needed(one.method, one.path)) for one in meant}

    assert {reads(tool.operations) == {True} for tool in READING} == {True}
    assert {reads(tool.operations) == {False} for tool in WRITING} == {True}


@pytest.mark.parametrize(
    ("tool", "arguments", "path"),
    [
        ("predict", {}, "/v1/predict"),
        ("predict", {"model": "cats"}, "/v1/models/cats/predict"),
        ("predict", {"model": "cats", "alias": "next"}, "/v1/models/cats/aliases/next/predict"),
        ("predict", {"model": "cats", "version": 3}, "/v1/models/cats/versions/3/predict"),
        ("show_model", {"model": "cats"}, "/v1/models/cats"),
        ("promote", {"model": "cats"}, "/v1/models/cats/aliases/champion"),
        ("promote", {"model": "cats", "alias": "next"}, "/v1/models/cats/aliases/next"),
    ],
)
def test_the_most_that_is_named_is_asked(
    operations: dict[str, Operation], tool: str, arguments: dict[str, Any], path: str
) -> None:
    assert asking(TOOLS[tool], operations, arguments).path == path


def test_arguments_go_where_the_operation_has_them(operations: dict[str, Operation]) -> None:
    given = {"job_id": "job_1", "idempotency_key": "k", "findings": "all"}
    asked = asking(TOOLS["retry_job"], operations, given)
    assert (asked.method, asked.path) == ("POST", "/v1/jobs/job_1/retry")
    assert (asked.query, asked.headers) == ({}, {"idempotency-key": "k"})
    assert asked.body == {"findings": "all"}


@pytest.mark.parametrize(
    "name", ["", ".", "..", "a/b", "a\\b", "a?b", "a#b", "a%2fb", "x" * 257, None]
)
def test_no_name_leads_elsewhere(operations: dict[str, Operation], name: Any) -> None:
    with pytest.raises(InvalidParameter, match="Expected an id or a name as 'job_id'"):
        asking(TOOLS["cancel_job"], operations, {"job_id": name})


def test_names_in_other_letters_are_encoded(operations: dict[str, Operation]) -> None:
    asked = asking(TOOLS["show_model"], operations, {"model": "猫 1"})
    assert asked.path == "/v1/models/%E7%8C%AB%201"


def test_an_object_of_a_schema_is_told_by_its_kind_and_fields(
    operations: dict[str, Operation],
) -> None:
    adam = next(
        one
        for one in input_schema(TOOLS["train"], operations)["properties"]["optimizer"]["anyOf"]
        if one["properties"]["kind"]["const"] == "adam"
    )
    assert adam["type"] == "object"
    assert "Fields: learning_rate, beta1, beta2, eps." in adam["description"]


@pytest.mark.parametrize(
    ("total", "points", "before"),
    [
        (0, 5, []), (1, 5, [0]), (3, 5, [0, 1, 2]), (100, 1, [99]), (100, 2, [0, 99]),
        (101, 5, [0, 25, 50, 75, 100]),
    ],
)  # fmt: skip
def test_points_are_spread_from_the_first_to_the_last(
    total: int, points: int, before: list[int]
) -> None:
    assert spread(total, points) == before

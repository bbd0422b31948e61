"""What is wrong in a spec is told by its place in the body, through kinds and lists."""

import asyncio
from typing import Any

import httpx
import pytest

from service.app import create_app
from service.settings import ServiceSettings
from tests.problems import expect_problem

NOWHERE = ServiceSettings(redis_url="unix:///nowhere.sock")
DATASET = "ds_" + "0" * 32


def layers(*listed: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"network": {"kind": "layers", "layers": [*listed], **fields}}


def asked(body: dict[str, Any]) -> httpx.Response:
    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app=create_app(NOWHERE))
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return await client.post("/v1/jobs", json={"dataset": DATASET, **body})

    return asyncio.run(ask())


@pytest.mark.parametrize(
    ("body", "pointer", "detail"),
    [
        ({"network": {"hidden_units": [4, 0]}}, "/network/hidden_units/1", "greater than"),
        ({"network": {"kind": "recurrent"}}, "/network/kind", "'dense', 'convolutional', 'layers'"),
        (
            {"network": {"kind": "convolutional", "blocks": [{"filters": 4}, {"filters": 0}]}},
            "/network/blocks/1/filters",
            "greater than",
        ),
        # Where a field has the name of a kind.
        (layers({"kind": "flatten"}, initializer="ones"), "/network/initializer", "'he', 'xavier'"),
        (layers(*[{"kind": "flatten"}] * 257), "/network/layers", "at most 256"),
        (
            layers({"kind": "activation", "activation": "step"}),
            "/network/layers/0/activation",
            "'relu'",
        ),
        (
            layers({"kind": "flatten"}, {"kind": "dense", "units": 4, "unit": 3}),
            "/network/layers/1/unit",
            "did you mean /network/layers/1/units?",
        ),
        (
            layers({"kind": "residual", "layers": [{"kind": "dropout", "rate": 1.0}]}),
            "/network/layers/0/layers/0/rate",
            "less than 1",
        ),
        ({"recipe": "soup"}, "/recipe", "'classic', 'photos', 'backbone' or 'table'"),
        ({"recipe": "photos", "network": {"kernel": 0}}, "/network/kernel", "greater than"),
        ({"recipe": "photos", "network": {"kernal": 3}}, "/network/kernal", "/network/kernel?"),
    ],
)
def test_a_fault_is_told_by_its_place(body: dict[str, Any], pointer: str, detail: str) -> None:
    answer = asked(body)
    expect_problem(answer, 422, "invalid_parameter")
    (fault,) = answer.json()["errors"]
    assert fault["pointer"] == pointer
    assert detail in fault["detail"]

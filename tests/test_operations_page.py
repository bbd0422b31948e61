"""docs/operations.md lists what /metrics tells; alerts and dashboard look at what there is."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
import yaml
from prometheus_client.parser import text_string_to_metric_families

from service.app import create_app
from service.launcher.valkey import Valkey
from service.settings import ServiceSettings
from tests.pages import ROOT, names, page, rows, section
from tests.test_docs import statuses

DEPLOY = ROOT / "deploy"


@pytest.fixture
def exposition(valkey: Valkey, client: redis.Redis, tmp_path: Path) -> str:
    """What is told at /metrics."""
    app = create_app(ServiceSettings(redis_url=valkey.url, data_dir=tmp_path))
    body, _ = app.state.telemetry.exposition("")
    return str(body, "utf-8")


def metrics(exposition: str) -> Iterator[list[str]]:
    """Of each number its name, type, labels and meaning."""
    for found in text_string_to_metric_families(exposition):
        name = f"{found.name}_total" if found.type == "counter" else found.name
        labels = {label for sample in found.samples for label in sample.labels} - {"le"}
        told = " ".join(f"`{label}`" for label in sorted(labels)) or "–"
        yield [f"`{name}`", found.type, told, found.documentation]


def test_every_number_is_listed_with_its_meaning_and_no_other(exposition: str) -> None:
    table = rows(section(page("operations.md"), "## What is told"))
    listed = [row for row in table if len(row) == 4 and names(row[0])]
    assert sorted(listed) == sorted(metrics(exposition))


def test_every_value_of_a_label_that_is_not_from_another_table_is_told(exposition: str) -> None:
    under = section(page("operations.md"), "### Labels")
    told = {names(row[0])[0]: {*names(row[1])} for row in rows(under) if names(row[0])}
    found: dict[str, set[str]] = {}
    for each in text_string_to_metric_families(exposition):
        for sample in each.samples:
            for label, value in sample.labels.items():
                found.setdefault(label, set()).add(value)
    for label in ("status", "kind", "state", "queue", "phase", "reason", "outcome", "part"):
        assert found[label] <= told[label]
    assert found["code"] - {""} <= statuses().keys()
    assert found.keys() - {"le", "version"} == told.keys()


def alerts() -> list[dict[str, Any]]:
    (group,) = yaml.safe_load((DEPLOY / "prometheus" / "purrceptron.rules.yml").read_text())[
        "groups"
    ]
    return list(group["rules"])


def panels() -> list[dict[str, Any]]:
    board = (DEPLOY / "grafana" / "dashboards" / "purrceptron.json").read_text()
    return list(json.loads(board)["panels"])


def expressions() -> Iterator[tuple[str, str]]:
    """What is asked of Prometheus by an alert or a panel, with its name."""
    for rule in alerts():
        yield rule["alert"], rule["expr"]
    for panel in panels():
        for target in panel.get("targets", ()):
            yield f"{panel['title']}, {target['refId']}", target["expr"]


def test_alerts_and_panels_look_at_numbers_that_there_are(exposition: str) -> None:
    told = {name for name, *_ in metrics(exposition)} | {"`purr_request_duration_seconds_bucket`"}
    for name, expression in expressions():
        used = set(re.findall(r"\b(?:purr|process)_\w+", expression))
        assert {f"`{each}`" for each in used} <= told, name
        assert used or "up{" in expression, name
        for label, value in re.findall(r'(\w+)=~?"([^"]+)"', expression):
            if (label, value) in {("job", "purrceptron"), ("route", ".*/predict")}:
                continue  # Prometheus' own, and a pattern
            for one in value.split("|"):
                assert f'{label}="{one}"' in exposition, name


def test_labels_that_alerts_and_panels_keep_are_those_of_their_numbers(exposition: str) -> None:
    labels = {name.strip("`"): {*names(told)} for name, _, told, _ in metrics(exposition)}
    labels["purr_request_duration_seconds_bucket"] = {"route", "le"}
    for name, expression in expressions():
        known = set[str]()
        for each in re.findall(r"\b(?:purr|process)_\w+", expression):
            known |= labels[each]
        for kept in re.findall(r"\b(?:by|without) \(([^)]*)\)", expression):
            assert {*re.findall(r"\w+", kept)} <= known, name


def test_panels_lie_beside_one_another() -> None:
    taken: dict[tuple[int, int], str] = {}
    for panel in panels():
        at = panel["gridPos"]
        assert at["x"] + at["w"] <= 24, panel["title"]
        for x in range(at["x"], at["x"] + at["w"]):
            for y in range(at["y"], at["y"] + at["h"]):
                assert taken.setdefault((x, y), panel["title"]) == panel["title"]
    assert len({panel["id"] for panel in panels()}) == len(panels())
    assert all(panel["targets"] for panel in panels() if panel["type"] != "row")


def test_every_alert_has_a_reason_and_something_to_do() -> None:
    table = rows(section(page("operations.md"), "## Alerts"))
    told = [names(row[0])[0] for row in table if names(row[0])]
    assert told == [rule["alert"] for rule in alerts()]
    assert all(len(row) == 3 and all(row) for row in table if names(row[0]))

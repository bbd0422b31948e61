"""Prometheus, started as docker-compose.yml does, asks the API and understands rules and panels."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import redis

from service.launcher.valkey import Valkey, free_port
from tests.containers import SECRETS, SERVICES, environment
from tests.deployment.started import PATIENCE_S, started
from tests.service.wait import wait_until
from tests.test_operations_page import DEPLOY, alerts, expressions

CONTAINER = SERVICES["prometheus"]
PROGRAM = shutil.which("prometheus")

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="prometheus is not installed")


def placed(text: str, folder: Path, target: int) -> str:
    """A text of the container's with the places of this machine in it."""
    text = text.replace("/tmp/purrceptron.key", f"{folder}/purrceptron.key")
    text = text.replace("/etc/purrceptron/", f"{folder}/")
    return text.replace("api:8000", f"127.0.0.1:{target}")


@pytest.fixture
def prometheus(tmp_path: Path, valkey: Valkey, client: redis.Redis) -> Iterator[httpx.Client]:
    """Its HTTP client; the API that it asks is there."""
    places = [tmp_path / "api", tmp_path / "prometheus"]
    for place in places:
        place.mkdir()
    own, port = places[1], free_port()
    with started(["purr", "api"], environment("api"), places[0], valkey.url) as api:
        for file in (DEPLOY / "prometheus").iterdir():
            (own / file.name).write_text(placed(file.read_text(), own, api.port))
        program = own / "bin" / "prometheus"
        program.parent.mkdir()
        program.write_text(
            f'#!/bin/sh\ncd {own}\nexec {PROGRAM} "$@" --web.listen-address=127.0.0.1:{port}\n'
        )
        program.chmod(0o755)
        script = f"PATH={program.parent}:$PATH\n{placed(CONTAINER['command'][0], own, 0)}"
        told = {"PURR_API_KEY": CONTAINER["environment"]["PURR_API_KEY"]}
        with started([*CONTAINER["entrypoint"], script], told, own, valkey.url) as found:
            found.says("Server is ready")
            key = SECRETS["PURR_API_KEY"]
            assert key.encode() not in Path(f"/proc/{found.process.pid}/cmdline").read_bytes()
            assert oct((own / "purrceptron.key").stat().st_mode)[-3:] == "600"
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as http:
                yield http


def asked(http: httpx.Client, expression: str) -> Any:
    answer = http.get("/api/v1/query", params={"query": expression}).json()
    assert answer["status"] == "success", (expression, answer)
    return answer["data"]["result"]


def test_it_scrapes_the_api_and_knows_every_rule_and_panel(prometheus: httpx.Client) -> None:
    def scraped() -> bool:
        return [each["value"][1] for each in asked(prometheus, "up")] == ["1"]

    wait_until(scraped, PATIENCE_S)
    assert asked(prometheus, "purr_redis_up")[0]["value"][1] == "1"
    for _, expression in expressions():
        asked(prometheus, expression)
    (group,) = prometheus.get("/api/v1/rules").json()["data"]["groups"]
    assert [rule["name"] for rule in group["rules"]] == [rule["alert"] for rule in alerts()]
    assert {rule["health"] for rule in group["rules"]} <= {"ok", "unknown"}

"""Every command that a container runs, and everything that it is asked by, as real processes."""

import signal
from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path

import httpx
import pytest
import redis

from service.launcher.valkey import Valkey
from tests.containers import (
    OURS,
    SECRETS,
    SERVICES,
    command_line,
    environment,
    health_check,
    stages,
)
from tests.deployment.kustomize import FOLDER, composed, container, pods, variables
from tests.deployment.started import PATIENCE_S, Started, exit_code, started
from tests.service.wait import wait_until
from worker.jobs.presence import count_workers

Line = tuple[str, ...]


def of_compose() -> Iterator[tuple[Line, str, Mapping[str, str]]]:
    """The command lines of the compose file, the image of each, and what it is told."""
    for name in OURS:
        service = SERVICES[name]
        target = service["build"]["target"]
        yield command_line(target, service.get("command")), target, environment(name)


def of_kubernetes() -> Iterator[tuple[Line, str, Mapping[str, str]]]:
    """The same of the documents for Kubernetes."""
    found = composed(FOLDER / "overlays" / "gpu")
    for pod in pods(found).values():
        image = container(pod)["image"].removeprefix("purrceptron-")
        if image in stages():
            line = command_line(image, container(pod).get("args"))
            yield line, image, variables(found, pod, SECRETS)


# Two that are the same are one; what they are told apart from where things are is in either file.
COMMANDS = {line: (image, told) for line, image, told in chain(of_kubernetes(), of_compose())}
WORKERS = sorted(command for command in COMMANDS if command[1] == "worker")


def test_there_are_the_api_and_workers_that_train_and_import() -> None:
    assert sorted(COMMANDS) == [
        ("purr", "api"),
        ("purr", "worker", "--queue", "import"),
        ("purr", "worker", "--queue", "train"),
    ]


@pytest.fixture
def api(tmp_path: Path, valkey: Valkey, client: redis.Redis) -> Iterator[Started]:
    """The API's container, once it answers."""
    told = COMMANDS[("purr", "api")][1]
    with started(["purr", "api"], told, tmp_path, valkey.url) as found:
        found.says("listening at")
        yield found


def test_the_container_of_the_api_serves_and_is_found_well(api: Started) -> None:
    with httpx.Client(base_url=f"http://127.0.0.1:{api.port}", trust_env=False) as http:
        assert http.get("/livez").status_code == 200
        # Kubernetes asks by the address of the pod.
        assert http.get("/livez", headers={"Host": "10.244.0.7:8000"}).status_code == 200
        assert http.get("/livez", headers={"Host": "elsewhere.example"}).status_code == 421
        assert http.get("/v1/models").status_code == 401
        key = {"Authorization": f"Bearer {SECRETS['PURR_API_KEY']}"}
        assert http.get("/v1/models", headers=key).status_code == 200
    assert exit_code(health_check("api"), api.environ) == 0
    waiting = container(pods(composed(FOLDER / "base"))["api"])["lifecycle"]["preStop"]["exec"]
    assert exit_code([waiting["command"][0], "0"], api.environ) == 0  # it is there
    api.process.send_signal(signal.SIGTERM)
    assert api.process.wait(20) == -signal.SIGTERM  # as uvicorn ends once all is answered
    assert exit_code(health_check("api"), api.environ) != 0


@pytest.mark.parametrize("command", WORKERS, ids=lambda command: command[-1])
def test_the_container_of_a_worker_serves_its_queue_and_is_found_well(
    command: tuple[str, ...], tmp_path: Path, valkey: Valkey, client: redis.Redis
) -> None:
    target, told = COMMANDS[command]
    with started(command, told, tmp_path, valkey.url) as found:
        assert exit_code(health_check(target), found.environ) != 0
        wait_until(lambda: count_workers(client, command[-1]), PATIENCE_S)
        wait_until(lambda: exit_code(health_check(target), found.environ) == 0)
        found.process.send_signal(signal.SIGTERM)
        assert found.process.wait(30) == 0
    assert not count_workers(client, command[-1])


def test_one_container_runs_the_whole_service(folder: Path) -> None:
    told = {"PURR_API_KEY": SECRETS["PURR_API_KEY"]}
    with started(command_line("up"), told, folder, redis_url="") as found:
        found.says("Purrceptron is up at")
        address = f"http://127.0.0.1:{found.port}/readyz"
        wait_until(lambda: httpx.get(address, trust_env=False).status_code == 200, PATIENCE_S)
        assert exit_code(health_check("up"), found.environ) == 0
        found.process.send_signal(signal.SIGTERM)
        assert found.process.wait(60) == 0

"""Dockerfile and docker-compose.yml, tried as far as it goes without Docker."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import get_args

import pytest
from pydantic import SecretStr
from pydantic.fields import FieldInfo
from redis import Redis
from redis.exceptions import AuthenticationError

from service.launcher.launcher import WORKER_GRACE_S
from service.launcher.valkey import free_port, server
from service.settings import ServiceSettings
from tests.containers import (
    OURS,
    SECRETS,
    SERVICES,
    bytes_of,
    compose,
    environment,
    last,
)
from tests.service.wait import wait_until
from worker.settings import Settings, job_bytes
from worker.training.memory_limit import SURE

MONITORING = {"prometheus", "grafana"}


def test_the_services_are_the_api_the_workers_and_valkey() -> None:
    assert sorted({*SERVICES} - MONITORING) == ["api", "gpu", "importer", "valkey", "worker"]
    assert OURS == ["api", "gpu", "importer", "worker"]


@pytest.mark.parametrize("service", OURS)
def test_the_command_of_a_container_exists_and_starts(service: str) -> None:
    target = SERVICES[service]["build"]["target"]
    entry = json.loads(last(target, "ENTRYPOINT"))
    given = SERVICES[service].get("command", [])
    assert entry[0] == "purr"
    command = [str(Path(sys.executable).with_name("purr")), *entry[1:], *given, "--help"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert f"purr {entry[1]}" in done.stdout


def test_the_worker_trains_unless_it_is_told_otherwise() -> None:
    assert json.loads(last("worker", "CMD")) == ["--queue", "train"]
    assert "command" not in SERVICES["worker"]
    assert SERVICES["importer"]["command"] == ["--queue", "import"]


@pytest.mark.parametrize("service", OURS)
def test_every_variable_of_ours_is_a_setting(service: str) -> None:
    named = {name for name in environment(service) if name.startswith("PURR_")}
    known = {f"PURR_{name.upper()}" for name in ServiceSettings.model_fields}
    assert named - known == set()


@pytest.mark.parametrize("service", OURS)
def test_the_variables_make_settings_that_are_accepted(
    service: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment(service).items():
        monkeypatch.setenv(name, value)
    settings = ServiceSettings()
    assert settings.redis_url == f"redis://:{SECRETS['VALKEY_PASSWORD']}@valkey:6379/0"
    assert settings.data_dir == Path("/data")
    assert (settings.api_key is not None) == (service == "api")
    assert settings.allowed_hosts == (("api",) if service == "api" else ())


@pytest.mark.parametrize(
    ("service", "names"),
    [
        ("api", ["max_store_bytes", "trash_days", "import_hosts", "import_private"]),
        ("importer", ["max_store_bytes", "keep_originals"]),
        ("worker", ["max_store_bytes"]),
    ],
)
def test_what_nobody_sets_is_the_default(
    service: str, names: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in names:
        monkeypatch.setenv(f"PURR_{name.upper()}", environment(service)[f"PURR_{name.upper()}"])
    settings = ServiceSettings()
    assert {name: getattr(settings, name) for name in names} == {
        name: ServiceSettings.model_fields[name].default for name in names
    }


# What the images, the compose file and `purr up` say themselves.
SAID = {"redis_url", "redis_max_bytes", "data_dir", "kernel_dir", "pulse_file", "host", "port"}
OF_UP = {"workers", "import_workers"}


@pytest.mark.parametrize("service", OURS)
def test_every_setting_can_be_said_without_editing(service: str) -> None:
    kind = ServiceSettings if service == "api" else Settings
    sayable = [f"PURR_{name.upper()}" for name in {*kind.model_fields} - SAID - OF_UP]
    told = {name: f"said of {name}" for name in sayable} | {"VALKEY_PASSWORD": "b"}
    container = compose(told | {"PURR_API_KEY": told.get("PURR_API_KEY", "a")})
    found = container["services"][service]["environment"]
    said = {name: found.get(name, "").removeprefix("api,") for name in sayable}
    assert said == {name: told[name] for name in sayable}


@pytest.mark.parametrize("name", SERVICES)
def test_no_container_fills_the_disk_with_its_log(name: str) -> None:
    limits = SERVICES[name]["logging"]["options"]
    assert bytes_of(limits["max-size"]) * int(limits["max-file"]) <= 30 * 2**20


def test_workers_learn_no_secret_of_the_api() -> None:
    secrets = {name for name, field in ServiceSettings.model_fields.items() if secret(field)}
    assert {"api_key", "read_key", "webhook_secret"} <= secrets
    for service in {*OURS} - {"api"}:
        assert environment(service).keys() & {f"PURR_{name.upper()}" for name in secrets} == set()


def secret(field: FieldInfo) -> bool:
    return SecretStr in (field.annotation, *get_args(field.annotation))


def test_what_only_some_machines_have_starts_only_where_it_is_asked_for() -> None:
    assert {name: of["profiles"] for name, of in SERVICES.items() if "profiles" in of} == {
        "gpu": ["gpu"],
        **{name: ["monitoring"] for name in MONITORING},
    }


@pytest.mark.parametrize("missing", SECRETS)
def test_nothing_starts_without_its_secrets(missing: str) -> None:
    with pytest.raises(KeyError, match=missing):
        compose({name: value for name, value in SECRETS.items() if name != missing})


@pytest.mark.parametrize("name", SERVICES)
def test_every_container_has_only_what_it_needs(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["init"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["tmpfs"] == ["/tmp"]
    assert float(service["stop_grace_period"].removesuffix("s")) > WORKER_GRACE_S


@pytest.mark.parametrize("name", SERVICES)
def test_every_container_has_limits_of_memory_and_of_processes(name: str) -> None:
    assert bytes_of(SERVICES[name]["mem_limit"]) <= 2 * 2**30
    assert SERVICES[name]["pids_limit"] <= 512


def test_the_api_accepts_the_jobs_for_which_a_worker_has_the_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    there = bytes_of(SERVICES["worker"]["mem_limit"])
    monkeypatch.setattr("worker.settings.memory", lambda: there)
    accepted = int(environment("api")["PURR_MAX_JOB_BYTES"])
    assert accepted == job_bytes()
    assert SURE * accepted < there


def test_only_this_machine_reaches_the_api_and_nobody_the_rest() -> None:
    ports = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert ports == {"api": ["127.0.0.1:8000:8000"], "grafana": ["127.0.0.1:3000:3000"]}
    assert last("api", "EXPOSE") == "8000"


def test_any_number_of_workers_can_run() -> None:
    assert {"container_name", "ports"} & SERVICES["worker"].keys() == set()


ASKING = """
import os, sys
from redis import Redis
print(Redis(port=int(os.environ["PORT"]), password=os.environ["REDISCLI_AUTH"])
      .execute_command(*sys.argv[1:]) and "PONG")
"""


@contextmanager
def valkey_container(folder: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """The service's own command line, with our server in the place of the image's."""
    program = folder / "valkey-server"
    program.write_text(f'#!/bin/sh\nexec {server()} "$@" --port {port} --bind 127.0.0.1\n')
    program.chmod(0o755)
    asking = folder / "valkey-cli"  # which no package brings
    asking.write_text(f"#!{sys.executable}\n{ASKING}")
    asking.chmod(0o755)
    environ = {"PATH": f"{folder}:{os.environ['PATH']}", **SERVICES["valkey"]["environment"]}
    environ["PORT"] = str(port)
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            SERVICES["valkey"]["command"], cwd=folder, env=environ, stdout=log, stderr=log
        )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def test_the_valkey_service_keeps_its_data_behind_its_password(tmp_path: Path) -> None:
    port, password = free_port(), SECRETS["VALKEY_PASSWORD"]
    with valkey_container(tmp_path, port) as process:
        wait_until(lambda: b"Ready to accept" in (tmp_path / "log").read_bytes())
        with Redis(port=port) as stranger, pytest.raises(AuthenticationError):
            stranger.ping()
        with Redis(port=port, password=password, decode_responses=True) as client:
            assert client.ping()
            kept = client.config_get("append*", "maxmemory*", "save")
        asked = SERVICES["valkey"]["healthcheck"]["test"][1]
        there = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "PORT": str(port)}
        for shown, well in ((password, True), ("another", False)):
            environ = there | {"VALKEY_PASSWORD": shown}
            done = subprocess.run(["sh", "-c", asked], env=environ, capture_output=True)
            assert (done.returncode == 0) == well
        assert kept["appendonly"] == "yes"
        assert kept["appendfsync"] == "always"
        assert kept["maxmemory-policy"] == "noeviction"
        assert 0 < 2 * int(kept["maxmemory"]) <= bytes_of(SERVICES["valkey"]["mem_limit"])
        assert kept["save"] == ""
        assert password.encode() not in Path(f"/proc/{process.pid}/cmdline").read_bytes()
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    assert (tmp_path / "appendonlydir").is_dir()

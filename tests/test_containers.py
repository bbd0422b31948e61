"""Dockerfile and docker-compose.yml, tried as far as it goes without Docker."""

import http.server
import json
import os
import re
import shlex
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import AuthenticationError

from service.launcher.launcher import WORKER_GRACE_S
from service.launcher.valkey import free_port, server
from service.settings import ServiceSettings
from tests.containers import (
    OURS,
    ROOT,
    SECRETS,
    SERVICES,
    all_of,
    bytes_of,
    compose,
    environment,
    last,
)
from tests.service.wait import wait_until
from worker.settings import job_bytes
from worker.training.memory_limit import SURE


def test_the_services_are_the_api_the_workers_and_valkey() -> None:
    assert sorted(SERVICES) == ["api", "importer", "valkey", "worker"]
    assert OURS == ["api", "importer", "worker"]


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


@pytest.mark.parametrize("stage", ["api", "worker"])
def test_an_image_does_not_run_as_root(stage: str) -> None:
    assert last(stage, "USER") == "10001:10001"
    assert last(stage, "STOPSIGNAL") == "SIGTERM"


def test_only_this_machine_reaches_the_api_and_nobody_the_rest() -> None:
    ports = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert ports == {"api": ["127.0.0.1:8000:8000"]}
    assert last("api", "EXPOSE") == "8000"


def test_any_number_of_workers_can_run() -> None:
    assert {"container_name", "ports"} & SERVICES["worker"].keys() == set()


def test_images_from_elsewhere_are_pinned_by_tag() -> None:
    images = [*all_of("FROM"), SERVICES["valkey"]["image"]]
    assert [image for image in images if not re.fullmatch(r"[\w/]+:\d[\w.-]+", image)] == []


def test_every_package_from_an_index_is_checked_against_its_hash() -> None:
    installs = [text for text in all_of("RUN") if "pip install" in text]
    assert len(installs) == 2
    unchecked = [text for text in installs if "--require-hashes" not in text]
    assert unchecked == ["pip install --no-deps --no-build-isolation /src/client /src"]


def test_everything_copied_exists_and_nothing_else_reaches_the_builder() -> None:
    copies = [shlex.split(text) for text in all_of("COPY") if not text.startswith("--from")]
    sources = {source for *sources, _ in copies for source in sources}
    first, *rules = [
        line for line in (ROOT / ".dockerignore").read_text().splitlines() if line[:1] != "#"
    ]
    assert first == "*"
    assert {rule[1:] for rule in rules if rule.startswith("!")} == sources
    assert [source for source in sources if not (ROOT / source).exists()] == []


class Livez(http.server.BaseHTTPRequestHandler):
    status = 200

    def do_GET(self) -> None:
        self.send_response(self.status if self.path == "/livez" else 404)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


class Ailing(Livez):
    status = 503


@pytest.mark.parametrize(("answer", "healthy"), [(Livez, True), (Ailing, False)])
def test_the_health_check_asks_whether_the_api_lives(answer: type[Livez], healthy: bool) -> None:
    python, *rest = json.loads(last("api", "HEALTHCHECK").partition(" CMD ")[2])
    assert python == "python"
    with http.server.HTTPServer(("127.0.0.1", 0), answer) as api:
        threading.Thread(target=api.serve_forever).start()
        environ = os.environ | {"PURR_PORT": str(api.server_port), "http_proxy": "http://192.0.2.1"}
        done = subprocess.run([sys.executable, *rest], env=environ, capture_output=True)
        api.shutdown()
    assert (done.returncode == 0) == healthy


@contextmanager
def valkey_container(folder: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """The service's own command line, with our server in the place of the image's."""
    program = folder / "valkey-server"
    program.write_text(f'#!/bin/sh\nexec {server()} "$@" --port {port} --bind 127.0.0.1\n')
    program.chmod(0o755)
    environ = {"PATH": f"{folder}:{os.environ['PATH']}", **SERVICES["valkey"]["environment"]}
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
        assert kept["appendonly"] == "yes"
        assert kept["appendfsync"] == "always"
        assert kept["maxmemory-policy"] == "noeviction"
        assert 0 < 2 * int(kept["maxmemory"]) <= bytes_of(SERVICES["valkey"]["mem_limit"])
        assert kept["save"] == ""
        assert password.encode() not in Path(f"/proc/{process.pid}/cmdline").read_bytes()
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    assert (tmp_path / "appendonlydir").is_dir()

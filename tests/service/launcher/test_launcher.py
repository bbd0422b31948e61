import os
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from service.launcher import launcher as launcher_module
from service.launcher.launcher import Launcher
from service.launcher.process import CannotStart
from service.launcher.shares import memory_each, threads_each
from tests.service.launcher.children import child, pid, settings, variables
from tests.service.launcher.stand_ins import API, COMMANDS, FAIL, PARENT, SLEEP, running_in
from tests.service.wait import wait_until
from worker.settings import job_bytes
from worker.system.machine import cores

KEY = "whiskers-whiskers"
NOT_READY = API.replace("200", "503").replace("json.dumps(", "str('too sleepy' or ")


@contextmanager
def watched(launcher: Launcher) -> Iterator[Launcher]:
    """The launcher, started and watched until the block ends."""
    until = threading.Event()
    with launcher:
        watch = threading.Thread(target=launcher.watch, args=(until,))
        watch.start()
        try:
            yield launcher
        finally:
            until.set()
            watch.join()


def asked(launcher: Launcher) -> dict[str, Any]:
    """What the API that stands in knows of itself."""
    answer = httpx.get(launcher.address, trust_env=False, timeout=20)
    found: dict[str, Any] = answer.json()
    return found


def test_everything_runs_once_it_has_started(folder: Path) -> None:
    with Launcher(settings(folder, workers=2), COMMANDS) as launcher:
        names = [child.name for child in launcher.supervisor.children]
        assert names == ["valkey", "api", "import-1", "import-2", "train-1", "train-2"]
        assert launcher.supervisor.dead() == []
        assert asked(launcher)["pid"] == pid(launcher, "api")


def test_no_process_remains_when_it_has_stopped(folder: Path) -> None:
    # A worker with a job in a process group of its own, as RQ makes them.
    with Launcher(settings(folder), COMMANDS | {"train": ("-c", PARENT)}):
        wait_until(lambda: len(running_in(folder)) == 6)
    assert running_in(folder) == []


def test_everything_can_be_stopped_twice_and_started_again(folder: Path) -> None:
    launcher = Launcher(settings(folder), COMMANDS)
    for _ in range(2):
        launcher.start()
        assert len(running_in(folder)) == 5
        launcher.stop()
    launcher.stop()
    assert running_in(folder) == []


@pytest.mark.parametrize("name", ["valkey", "train-1", "import-1", "api"])
def test_a_killed_process_is_started_again(folder: Path, name: str) -> None:
    with watched(Launcher(settings(folder), COMMANDS)) as launcher:
        first = pid(launcher, name)
        os.kill(first, signal.SIGKILL)
        wait_until(lambda: pid(launcher, name) != first and child(launcher, name).alive())
    assert running_in(folder) == []


def test_callers_wait_while_the_api_starts_again(folder: Path) -> None:
    with watched(Launcher(settings(folder), COMMANDS)) as launcher:
        first = pid(launcher, "api")
        os.kill(first, signal.SIGKILL)
        assert child(launcher, "api").wait(10)
        assert asked(launcher)["pid"] not in (first, None)


def test_the_api_gets_the_settings_that_are_in_force(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PURR_MAX_WAIT_S", "5")
    monkeypatch.setenv("purr_default_model", "stale")
    given = settings(folder, api_key=SecretStr(KEY), max_wait_s=7)
    given = given.model_copy(update={"default_model": None})
    with Launcher(given, COMMANDS) as launcher:
        told = asked(launcher)
    assert told["PURR_API_KEY"] == KEY
    assert told["PURR_MAX_WAIT_S"] == "7"
    assert told["PURR_REDIS_URL"] == f"unix://{folder}/redis/valkey.sock"
    assert told["PURR_PORT"] == launcher.address.rpartition(":")[2]
    assert "purr_default_model" not in told


@pytest.mark.parametrize(
    ("changed", "threads"),
    [({}, cores()), ({"workers": 256}, max(1, cores() // 256)), ({"worker_threads": 3}, 3)],
    ids=["all cores", "at least one", "as set"],
)
def test_workers_share_the_cores(folder: Path, changed: dict[str, int], threads: int) -> None:
    assert threads_each(settings(folder, **changed)) == threads


@pytest.mark.parametrize(
    ("changed", "left"),
    [({}, job_bytes()), ({"workers": 256}, job_bytes(256)), ({"max_job_bytes": 3}, 3)],
    ids=["all that is left", "a share of it", "as set"],
)
def test_workers_share_the_memory(folder: Path, changed: dict[str, int], left: int) -> None:
    assert memory_each(settings(folder, **changed)) == left


def test_workers_know_redis_and_the_folder_but_not_the_key(folder: Path) -> None:
    with Launcher(settings(folder, api_key=SecretStr(KEY)), COMMANDS) as launcher:
        told = variables(pid(launcher, "train-1"))
    assert told["PURR_REDIS_URL"] == f"unix://{folder}/redis/valkey.sock"
    assert told["PURR_DATA_DIR"] == str(folder)
    assert told["PURR_WORKER_THREADS"] == str(cores())
    assert told["PURR_MAX_JOB_BYTES"] == str(job_bytes())
    assert "PURR_API_KEY" not in told


def test_a_redis_of_ones_own_is_used_and_none_started(folder: Path) -> None:
    own = settings(folder, redis_url="redis://127.0.0.1:1/0")
    with Launcher(own, COMMANDS) as launcher:
        names = [child.name for child in launcher.supervisor.children]
        assert names == ["api", "import-1", "import-2", "train-1"]
        assert asked(launcher)["PURR_REDIS_URL"] == "redis://127.0.0.1:1/0"


def test_a_second_launcher_on_the_folder_is_told_of_the_first(folder: Path) -> None:
    with (
        Launcher(settings(folder), COMMANDS) as first,
        pytest.raises(CannotStart, match="already runs") as refused,
    ):
        Launcher(settings(folder), COMMANDS).start()
    assert f"process {os.getpid()} and answers at {first.address}" in str(refused.value)


def test_a_folder_that_cannot_be_written_to_is_named(folder: Path) -> None:
    (folder / "file").touch()
    with pytest.raises(CannotStart, match="Not a directory: name another one"):
        Launcher(settings(folder / "file" / "data"), COMMANDS).start()


def test_a_port_in_use_is_named(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(CannotStart, match=rf"Port {port} .* already in use: stop the program"):
            Launcher(settings(folder, port=port), COMMANDS).start()


def test_an_address_of_another_machine_is_refused(folder: Path) -> None:
    elsewhere = settings(folder, host="192.0.2.1", api_key=SecretStr(KEY))
    with pytest.raises(CannotStart, match=r"192\.0\.2\.1 .* Cannot assign requested address"):
        Launcher(elsewhere, COMMANDS).start()


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("0.0.0.0", "http://127.0.0.1:"),
        ("localhost", "http://localhost:"),
        ("::1", "http://[::1]:"),
    ],
)
def test_the_address_can_be_opened_on_this_machine(folder: Path, host: str, address: str) -> None:
    here = settings(folder, host=host, api_key=SecretStr(KEY))
    with Launcher(here, COMMANDS) as launcher:
        assert launcher.address.startswith(address)
        assert asked(launcher)["PURR_HOST"] == host


@pytest.mark.parametrize("kind", ["train", "import", "api"])
def test_a_process_that_ends_at_once_is_named_with_the_end_of_its_log(
    folder: Path, kind: str
) -> None:
    commands = COMMANDS | {"api": ("-c", NOT_READY)} | {kind: ("-c", FAIL)}
    launcher = Launcher(settings(folder), commands)
    with pytest.raises(CannotStart, match=rf"(?s){kind}.* ended .*exit=1\..*no tuna left"):
        launcher.start()
    assert running_in(folder) == []


def test_a_service_that_never_gets_ready_says_what_it_answers(folder: Path) -> None:
    launcher = Launcher(settings(folder), COMMANDS | {"api": ("-c", NOT_READY)}, ready_within_s=3)
    with pytest.raises(CannotStart, match="says 503 too sleepy: look into the logs in"):
        launcher.start()
    assert running_in(folder) == []


def test_waiting_for_an_api_that_says_nothing_ends_too(folder: Path) -> None:
    launcher = Launcher(settings(folder), COMMANDS | {"api": ("-c", SLEEP)}, ready_within_s=0)
    with pytest.raises(CannotStart, match="says ReadTimeout"):
        launcher.start()


def test_the_kinds_of_processes_are_modules_of_ours() -> None:
    modules = {kind: command[:2] for kind, command in launcher_module.COMMANDS.items()}
    assert modules == {
        "api": ("-m", "service"),
        "train": ("-m", "worker"),
        "import": ("-m", "worker"),
        "kernels": ("-m", "worker"),
    }

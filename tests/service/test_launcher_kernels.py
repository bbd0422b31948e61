import threading
from pathlib import Path

import pytest

from service.children import CannotStart
from service.launcher import Launcher
from tests.service.launching import pid, settings, variables
from tests.service.processes import COMMANDS, SLEEP, running_in

KERNELS = """
import os, pathlib
from worker.nn.backend_cache import PRECISIONS, mark
folder = pathlib.Path(os.environ["NUMBA_CACHE_DIR"])
folder.joinpath("compilations").open("a").write("once ") if folder.exists() else folder.mkdir()
for precision in PRECISIONS:
    mark(precision).parent.mkdir(exist_ok=True)
    mark(precision).touch()
"""


def test_kernels_are_compiled_once_into_the_data_folder_and_said_so(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("NUMBA_CACHE_DIR")
    commands = COMMANDS | {"kernels": ("-c", KERNELS)}
    for said in (True, False):
        with Launcher(settings(folder), commands) as launcher:
            told = variables(pid(launcher, "train-1"))
        assert told["NUMBA_CACHE_DIR"] == str(folder / "kernels")
        assert ("Compiling kernels" in capsys.readouterr().out) is said
    assert not (folder / "kernels" / "compilations").exists()


def test_kernels_that_cannot_be_compiled_keep_the_service_from_starting(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NUMBA_CACHE_DIR")
    commands = COMMANDS | {"kernels": ("-c", "raise SystemExit('no compiler')")}
    with pytest.raises(CannotStart, match=r"(?s)kernels ended.*no compiler"):
        Launcher(settings(folder), commands).start()


def test_a_signal_while_kernels_are_compiled_ends_that_too(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NUMBA_CACHE_DIR")
    until = threading.Event()
    until.set()
    launcher = Launcher(settings(folder), COMMANDS | {"kernels": ("-c", SLEEP)})
    launcher.start(until)
    launcher.stop()
    assert running_in(folder) == []

"""The version of a store: stamped, refused when newer, raised step by step, whoever is killed."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests.faults.runs import may_mount
from tests.siege.runs import disk
from worker.errors import StoreFull
from worker.store.version import FILE, FIRST, Step, StoreVersion, UnfitStore, release_here


def writing(name: str) -> Step:
    """A step that leaves a file with a line for each time that it was carried out."""

    def run(root: Path) -> None:
        with (root / name).open("a") as file:
            file.write("done\n")

    return Step(f"write {name}", run)


def killed(root: Path) -> None:
    (root / "half").touch()
    os._exit(9)


def said(root: Path) -> object:
    return json.loads((root / FILE).read_text())


def held(root: Path, steps: Sequence[Step]) -> None:
    with StoreVersion(root, steps).held(wait_s=0):
        pass


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A store that says nothing of its version, and holds something."""
    (tmp_path / "datasets").mkdir()
    return tmp_path


def test_a_store_that_says_nothing_is_of_the_first_version_and_is_stamped(old: Path) -> None:
    assert StoreVersion(old).found() == FIRST
    with StoreVersion(old).held():
        assert said(old) == {"version": StoreVersion(old).newest, "release": release_here()}


@pytest.mark.parametrize("there", [(), ("logs", "redis", "lock")])
def test_an_empty_folder_is_of_the_newest_and_no_step_is_taken(
    tmp_path: Path, there: Sequence[str]
) -> None:
    for name in there:
        (tmp_path / name).mkdir()
    held(tmp_path, [writing("a")])
    assert said(tmp_path) == {"version": 2, "release": release_here()}
    assert not (tmp_path / "a").exists()


def test_steps_are_taken_in_their_order_and_once(old: Path) -> None:
    held(old, [writing("a")])
    held(old, [writing("a"), writing("b"), writing("b")])
    held(old, [writing("a"), writing("b"), writing("b")])
    assert (old / "a").read_text() == "done\n"
    assert (old / "b").read_text() == "done\ndone\n"
    assert said(old) == {"version": 4, "release": release_here()}


def test_a_step_that_was_killed_is_taken_again_and_those_before_it_are_not(old: Path) -> None:
    program = (
        f"from pathlib import Path; from {__name__} import *\n"
        f"held(Path({str(old)!r}), [writing('a'), Step('die', killed)])"
    )
    assert subprocess.run([sys.executable, "-c", program]).returncode == 9
    assert (StoreVersion(old).found(), (old / "half").exists()) == (2, True)
    held(old, [writing("a"), writing("half")])
    assert (StoreVersion(old).found(), (old / "a").read_text()) == (3, "done\n")


def test_a_newer_store_is_refused_and_left_as_it_is(old: Path) -> None:
    (old / FILE).write_text('{"version": 7, "release": "9.1"}')
    with pytest.raises(UnfitStore) as refused, StoreVersion(old).held():
        raise AssertionError("it was held")
    assert str(refused.value) == (
        f"Expected a store of version {StoreVersion(old).newest} or older at {old}, got version 7, "
        "which release 9.1 has written. Run that release or a newer one; or restore a backup that "
        f"was made before, for release {release_here()}."
    )
    assert said(old) == {"version": 7, "release": "9.1"}


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "7", "{}", '{"version": "1"}', '{"version": true}',
             '{"version": 0}', '{"version": 1.5}'],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_and_not_guessed(old: Path, text: str) -> None:
    (old / FILE).write_text(text)
    with pytest.raises(UnfitStore, match="whole number from 1 on"):
        held(old, [])
    assert (old / FILE).read_text() == text


def test_nobody_takes_a_step_while_others_work_with_the_store(old: Path) -> None:
    with StoreVersion(old).held():
        with pytest.raises(UnfitStore, match="Stop all processes of the older release"):
            held(old, [writing("a")])
        held(old, [])  # of the same version there may be any number
    assert not (old / "a").exists()
    held(old, [writing("a")])
    assert StoreVersion(old).found() == 2


def test_who_waited_while_a_step_was_taken_sees_what_came_of_it(old: Path) -> None:
    def late(root: Path) -> None:
        """Another process, of the older release, asks in the middle of the step."""
        program = (
            f"from pathlib import Path; from {__name__} import *\n"
            f"try:\n    held(Path({str(root)!r}), [])\n"
            "except UnfitStore as error:\n    print(error)"
        )
        asking.append(
            subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
        )

    asking: list[subprocess.Popen[str]] = []
    held(old, [Step("ask", late)])
    told, _ = asking[0].communicate(timeout=30)
    assert "got version 2" in told


def test_a_full_disk_keeps_nobody_from_a_store_that_needs_no_step(tmp_path: Path) -> None:
    if not may_mount():
        pytest.skip("a small disk cannot be mounted here")
    with disk(tmp_path, 2**20):
        (tmp_path / "jobs").mkdir()
        with (tmp_path / "jobs" / "full").open("wb", buffering=0) as file, pytest.raises(OSError):
            while True:
                file.write(bytes(4_096))
        with StoreVersion(tmp_path).held():
            assert not (tmp_path / FILE).exists()
        with pytest.raises(StoreFull):  # and a step cannot be noted
            held(tmp_path, [Step("nothing", lambda root: None)])
        (tmp_path / "jobs" / "full").unlink()
        with StoreVersion(tmp_path).held():
            assert said(tmp_path) == {"version": 1, "release": release_here()}


def test_a_folder_that_cannot_be_written_is_the_callers_to_tell(
    old: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    opened: Callable[..., int] = refused
    monkeypatch.setattr(os, "open", opened)
    with pytest.raises(PermissionError):
        held(old, [])

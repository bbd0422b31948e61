"""The README's conversation is answered as it shows."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

from service.cli.commands.connection import URL
from service.launcher.launcher import Launcher
from tests.pages import ROOT, blocks, section

EACH = 20  # photos of a class


def answered(launcher: Launcher, heading: str, folder: Path) -> list[tuple[str, str]]:
    """What the README shows below a heading as the answer of each of its commands, and what was
    answered to them in a folder."""
    text = section((ROOT / "README.md").read_text(), heading).replace(URL, launcher.address)
    script = ""
    shown: list[str] = []
    for language, block in blocks(text, "sh", "python", "text"):
        if language == "text":
            shown[-1] = block
            continue
        said = block if language == "sh" else f"python - <<'END'\n{block}END\n"
        script += f"printf '\\n%s\\n' '<<<'\n{said}"
        shown.append("")
    bin_folder = Path(sys.executable).parent
    environ = {
        "PATH": f"{bin_folder}{os.pathsep}{os.environ['PATH']}",
        "PURR_URL": launcher.address,
        "HOME": str(folder),
        "no_proxy": "127.0.0.1",
        "LANG": "C.UTF-8",
    }
    done = subprocess.run(
        ["sh", "-eu", "-c", script],
        cwd=folder,
        env=environ,
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert done.returncode == 0, f"{shlex.quote(script)}\n{done.stdout}\n{done.stderr}"
    return list(zip(shown, done.stdout.split("\n<<<\n")[1:], strict=True))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """In which all is said, one section after the other."""
    return tmp_path_factory.mktemp("conversation")


@pytest.fixture(scope="module")
def conversation(launcher: Launcher, folder: Path) -> list[tuple[str, str]]:
    return answered(launcher, "## A conversation", folder)


@pytest.fixture
def folder_of_photos(tmp_path: Path, pets: Path, mobilenet: Path) -> Path:
    """20 photos of each class, one of another dog, and a backbone."""
    shutil.copy(mobilenet, tmp_path)
    with ZipFile(pets) as archive:
        for name in archive.namelist():
            kind, number = Path(name).parent.name, Path(name).stem.rpartition("-")[2]
            if "/train/" in name and number.isdecimal() and int(number) < EACH:
                path = tmp_path / "photos" / kind / Path(name).name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(archive.read(name))
        other = next(name for name in archive.namelist() if "/test/dog/" in name)
        (tmp_path / "photo.jpg").write_bytes(archive.read(other))
    return tmp_path


def without_chance(text: str) -> str:
    """The text without what differs from machine to machine: ids, numbers and line ends."""
    text = re.sub(r"\b(ds|job)_[0-9a-f]+", r"\1_#", text)
    return re.sub(r"\d+(\.\d+)?(e-\d+)?", "#", text).replace("\n", "").replace("#…", "…")


@pytest.mark.timeout(300)
def test_the_readme_shows_what_is_answered(conversation: list[tuple[str, str]]) -> None:
    for shown, said in conversation:
        assert_shows(shown, said)


def assert_shows(shown: str, said: str) -> None:
    pieces = [re.escape(piece) for piece in without_chance(shown).split("…")]
    # The dots stand for digits, or for fields that are left out.
    assert re.fullmatch(".*?".join(pieces) or ".*", without_chance(said)), shown


@pytest.mark.timeout(300)
@pytest.mark.usefixtures("conversation")
def test_what_is_behind_an_answer_is_shown(launcher: Launcher, folder: Path) -> None:
    for shown, said in answered(launcher, "## Behind an answer", folder):
        assert_shows(shown, said)
    assert (folder / "why.png").read_bytes().startswith(b"\x89PNG")
    assert "predict.py" in ZipFile(folder / "cats.zip").namelist()


@pytest.mark.timeout(300)
@pytest.mark.usefixtures("conversation")
def test_the_best_of_several_is_found(launcher: Launcher, folder: Path) -> None:
    ((shown, said),) = answered(launcher, "## Which is best", folder)
    assert_shows(shown, said)
    assert rates_in(shown) == rates_in(said)


def rates_in(table: str) -> set[float]:
    """The learning rates of the rows of a leaderboard."""
    return {float(rate) for rate in re.findall(r"^\d.*learning_rate (\S+)", table, re.MULTILINE)}


def test_the_table_of_the_best_shows_the_rates_that_were_tried() -> None:
    text = section((ROOT / "README.md").read_text(), "## Which is best")
    (tried,) = re.findall(r'"optimizer.learning_rate": {"values": (\[.*?\])', text)
    assert rates_in(text) == set(json.loads(tried))


@pytest.mark.timeout(300)
def test_twenty_photos_are_enough(launcher: Launcher, folder_of_photos: Path) -> None:
    ((shown, said),) = answered(launcher, "## Twenty photos", folder_of_photos)
    assert_shows(shown, said)


@pytest.mark.timeout(300)
def test_the_conversation_ends_with_a_cat(conversation: list[tuple[str, str]]) -> None:
    labels = [line.split() for line in conversation[-1][1].splitlines() if line]
    assert [label for _, label, _ in labels[-2:]] == ["cat", "other"]

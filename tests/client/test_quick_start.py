"""The quick start of the client's README runs as it stands there."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from service.cli.commands.connection import URL
from service.launcher.launcher import Launcher
from tests.pages import ROOT, blocks

SCRIPTS = [block for _, block in blocks((ROOT / "client" / "README.md").read_text(), "python")]


@pytest.fixture
def folder(tmp_path: Path, drawings: list[Path]) -> Path:
    """Where a reader has drawn pictures, of which these are fewer."""
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    for path in drawings:
        shutil.copy(path, pictures)
    for name in ("cat.png", "other.png"):
        Image.new("RGB", (64, 64), "white").save(pictures / name)
    return tmp_path


def test_the_scripts_of_the_readme_do_what_they_say(launcher: Launcher, folder: Path) -> None:
    # One after the other in one process, which is half as long.
    script = "\n".join(SCRIPTS).replace(URL, launcher.address)
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", script],
        cwd=folder, env={"PATH": os.environ["PATH"]}, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert len(SCRIPTS) == 3
    said = done.stdout
    assert re.search(r"^(cat|other)$", said, re.MULTILINE)  # the first
    assert re.search(r"^progress$", said, re.MULTILINE)  # the second
    assert re.search(r"^\['(cat|other)', '(cat|other)'\]$", said, re.MULTILINE)
    assert re.search(r"^model +name tries, version 1$", said, re.MULTILINE)  # the third
    assert "100% of" in done.stderr

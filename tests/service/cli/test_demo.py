"""`purr demo`, whole, as a newcomer runs it."""

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.service.launcher.stand_ins import running_in


def demo(folder: Path, *options: str) -> str:
    """What the demo says; it must end well and leave nothing behind."""
    ran = subprocess.run(
        [Path(sys.executable).with_name("purr"), "demo", *options],
        capture_output=True,
        text=True,
        timeout=280,
        env=os.environ | {"TMPDIR": str(folder)},
        cwd=folder,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert running_in(folder) == []
    assert list(folder.iterdir()) == []
    return ran.stdout + ran.stderr


def accuracies(said: str) -> dict[str, float]:
    """The test accuracies of the table, in percent."""
    rows = re.findall(
        r"^ *(4-layer network|logistic regression|7 convolutions) .*?([\d.]+) % *\[", said, re.M
    )
    return {name: float(number) for name, number in rows}


def test_a_newcomer_sees_three_networks_learn_and_the_convolutional_one_see(folder: Path) -> None:
    said = demo(folder)
    found = accuracies(said)
    assert 60 <= found["logistic regression"] <= 85
    assert found["4-layer network"] >= found["logistic regression"] + 8
    assert found["7 convolutions"] >= found["4-layer network"] + 2
    assert re.search(r"cat\.png\s+cat\s", said)
    assert re.search(r"other\.png\s+other\s", said)


def test_the_demo_takes_the_users_own_files(folder: Path, course: tuple[Path, Path]) -> None:
    files = [option for path in course for option in ("--data", str(path))]
    said = demo(folder, *files, "--epochs", "2")
    assert "209" in said
    assert set(accuracies(said)) == {"4-layer network", "logistic regression", "7 convolutions"}

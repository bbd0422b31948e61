"""A client that a generator makes from `/openapi.json` does what a user does."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from service.launcher.launcher import Launcher

# Apart from this environment, since the generator wants an older typer; `make test` installs it.
BIN = Path(__file__).parents[3] / ".venv-client" / "bin"
# The generator takes bytes of this kind alone for files.
FILES = ("image/png", "application/zip")
CONFIG = "content_type_overrides:\n" + "".join(
    f"  {kind}: application/octet-stream\n" for kind in FILES
)
JOURNEY = Path(__file__).with_name("generated_client.py")


@pytest.mark.skipif(not BIN.is_dir(), reason="needs the generator: make .venv-client/.installed")
def test_a_generated_client_uploads_trains_predicts_and_understands_a_refusal(
    launcher: Launcher, drawings: list[Path], tmp_path: Path
) -> None:
    env = os.environ | {"PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": ""}
    url = f"{launcher.address}/openapi.json"
    config = tmp_path / "client.yml"
    config.write_text(CONFIG)
    command = ["generate", "--url", url, "--meta", "none", "--fail-on-warning"]
    where = ["--config", str(config), "--output-path", "purr_client"]
    made = subprocess.run(
        [BIN / "openapi-python-client", *command, *where],
        cwd=tmp_path, env=env, capture_output=True, text=True,
    )  # fmt: skip
    assert made.returncode == 0, made.stdout + made.stderr
    told = subprocess.run(
        [BIN / "python", JOURNEY, launcher.address, *drawings],
        env=env | {"PYTHONPATH": str(tmp_path)}, capture_output=True, text=True,
    )  # fmt: skip
    assert told.returncode == 0, told.stderr
    assert json.loads(told.stdout) == {
        "dataset": "ready",
        "job": "succeeded",
        "spec": ["JobSpec", "SGDSpec", 3],
        "labels": [["other", "cat"], True],
        "refused": 422,
        "problem": ["invalid_parameter", "/epochs"],
    }

"""The service's own description, turned against it by Schemathesis."""

import subprocess
import sys
import tempfile
from pathlib import Path

from tests.siege.attack import USUAL_PLACE
from tests.siege.runs import besieged

RULES = Path(__file__).with_name("schemathesis.toml")
PATIENCE_S = "70"  # longer than any answer may take; streams have no end


def attacked(seconds: int, seed: int) -> bool:
    """Whether the service bore all phases, so many seconds long."""
    with besieged(USUAL_PLACE) as service:
        options = ["--max-time", str(seconds), "--request-timeout", PATIENCE_S]
        ended = schemathesis(service.address, seed, "examples,coverage,fuzzing,stateful", *options)
    print(ended.stdout)
    return ended.returncode == 0


def schemathesis(
    address: str, seed: int, phases: str, *options: str
) -> subprocess.CompletedProcess[str]:
    """Send the service at this address what its description allows, and what it does not; hold
    every answer against it."""
    command = [
        str(Path(sys.executable).with_name("schemathesis")),
        *("--config-file", str(RULES), "run", f"{address}/openapi.json", "--phases", phases),
        *("--seed", str(seed), "--continue-on-failure", "--warnings", "off", "--no-color"),
        *("--generation-database", ":memory:", *options),
    ]
    with tempfile.TemporaryDirectory() as folder:
        return subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, text=True)

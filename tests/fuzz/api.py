"""The service's own description, turned against it by Schemathesis."""

import subprocess
import sys
import tempfile
from pathlib import Path

from tests.siege.attack import USUAL_PLACE
from tests.siege.runs import besieged

PHASES = "examples,coverage,fuzzing,stateful"
# What a client says never makes a 5xx; whatever else a description promises, the tests hold.
CHECKS = "not_a_server_error,use_after_free"


def attacked(seconds: int, seed: int) -> bool:
    """Whether the service bore all phases, so many seconds long."""
    with besieged(USUAL_PLACE) as service, tempfile.TemporaryDirectory() as folder:
        command = [
            str(Path(sys.executable).with_name("schemathesis")),
            *("run", f"{service.address}/openapi.json", "--phases", PHASES, "--checks", CHECKS),
            *("--max-time", str(seconds), "--seed", str(seed), "--request-timeout", "70"),
            *("--continue-on-failure", "--warnings", "off", "--generation-database", ":memory:"),
        ]
        return subprocess.run(command, cwd=folder).returncode == 0

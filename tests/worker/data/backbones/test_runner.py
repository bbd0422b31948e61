"""What a process that runs a backbone may still do once it is sealed."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.worker.data.backbones.running_pools import opened
from worker.system.confinement import landlock

SCRIPT = """
import os, socket, sys
from pathlib import Path
from worker.data.backbones import runner, running
running.loaded()
data = Path(sys.argv[1]).read_bytes()
runner.seal(2**31, os.getppid())
tries = {
    "read": lambda: open(sys.argv[1]),
    "write": lambda: open("/tmp/written", "w"),
    "list": lambda: os.listdir("/"),
    "connect": lambda: socket.socket(),
    "fork": lambda: os.fork(),
    "signal": lambda: os.kill(os.getppid(), 0),
}
for name, attempt in tries.items():
    try:
        attempt()
    except OSError:
        continue
    os.write(1, name.encode() + b" ")
running.open_session(data, 1)
os.write(1, b"runs")
"""


@pytest.mark.skipif(not landlock.version(), reason="needs a kernel with Landlock")
def test_it_can_run_a_network_and_nothing_else(tmp_path: Path) -> None:
    _, network = opened(tmp_path)()
    found = subprocess.run([sys.executable, "-c", SCRIPT, network], capture_output=True, check=True)
    assert found.stdout == b"runs"

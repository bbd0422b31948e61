"""What a benchmark says of the machine that it ran on."""

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import setting

# Works for a tenth of a second, says so, and stays until its input ends.
WORKS = """
import sys, time
until = time.process_time() + 0.1
while time.process_time() < until: pass
print(flush=True)
sys.stdin.read()
"""


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="the system does not tell")
def test_what_a_child_that_still_runs_does_is_our_own() -> None:
    before = setting.own()
    with subprocess.Popen(
        [sys.executable, "-c", WORKS], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        child.stdout.readline()
        running = setting.own()
        child.communicate()
    assert running - before >= 0.1
    # And once, not twice, when it has ended and its seconds are its parent's.
    assert setting.own() - running < 0.1 + (running - before)

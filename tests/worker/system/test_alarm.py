"""A process that takes too long."""

import signal
import subprocess
import sys
import time

from worker.system.alarm import ending_after

SLEEPING = """
import signal, time
from worker.system.alarm import ending_after
signal.signal(signal.SIGALRM, lambda *_: None)  # as whoever else wants alarms does
with ending_after(0.05):
    time.sleep(60)
"""


def test_what_takes_too_long_ends_with_its_process() -> None:
    began = time.monotonic()
    ended = subprocess.run([sys.executable, "-c", SLEEPING], timeout=50)
    assert ended.returncode == -signal.SIGALRM
    assert time.monotonic() - began < 50


def test_what_ends_in_time_goes_on() -> None:
    before = signal.getsignal(signal.SIGALRM)
    with ending_after(600):
        assert signal.getitimer(signal.ITIMER_REAL)[0] > 500
    assert signal.getitimer(signal.ITIMER_REAL)[0] == 0
    assert signal.getsignal(signal.SIGALRM) == before

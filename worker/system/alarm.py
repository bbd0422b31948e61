"""The end of a process that takes too long."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def ending_after(seconds: float) -> Iterator[None]:
    """End this process by SIGALRM where the block lasts longer: what is compiled would not hear of
    a wish to stop."""
    before = signal.signal(signal.SIGALRM, signal.SIG_DFL)  # RQ would make an exception of it
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)

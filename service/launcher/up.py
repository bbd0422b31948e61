"""`purr up`: the launcher, run until a signal ends it."""

import os
import signal
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from types import FrameType

from service.launcher.greeting import greeting
from service.launcher.launcher import COMMANDS, Launcher
from service.launcher.process import CannotStart
from service.settings import ServiceSettings
from worker.system.files import PRIVATE


def run_until_signal(
    settings: ServiceSettings,
    commands: Mapping[str, Sequence[str]] = COMMANDS,
    once_up: Callable[[str], None] | None = None,
) -> int:
    """Run the service until a signal ends it. Returns the exit code: 3 if it cannot start.

    Args:
        once_up: is told the address as soon as the service is ready.
    """
    os.umask(PRIVATE)
    until = threading.Event()

    def end(number: int, frame: FrameType | None) -> None:
        # A second signal kills the launcher itself, and with it all its children.
        signal.signal(number, signal.SIG_DFL)
        until.set()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # Ignored means that somebody, such as nohup, wants it so.
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, end)
    launcher = Launcher(settings, commands)
    try:
        launcher.start(until)
        if not until.is_set():
            print(greeting(launcher.address, launcher.settings.data_dir), flush=True)
            if once_up:
                once_up(launcher.address)
        launcher.watch(until)
    except CannotStart as error:
        print(error, file=sys.stderr)
        return 3
    finally:
        launcher.stop()
    return 0

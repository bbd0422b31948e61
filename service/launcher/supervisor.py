"""Keeps the service's processes running."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from service.launcher.log_files import rotate
from service.launcher.process import Child, stop

log = logging.getLogger(__name__)

LOOK_EVERY_S = 0.05
CHORES_EVERY_S = 1.0


@dataclass(frozen=True)
class Patience:
    """How long to wait before a process starts again: twice as long each time it lived shortly."""

    first_s: float = 0.2
    longest_s: float = 10.0
    steady_s: float = 30.0

    def after(self, previous_s: float, lived_s: float) -> float:
        """Returns the next wait in seconds, by the last one and how long the process then lived."""
        if previous_s == 0 or lived_s >= self.steady_s:
            return self.first_s
        return min(2 * previous_s, self.longest_s)


class Supervisor:
    """Starts children, starts them again when they end, and lets them go.

    `children` are those it keeps running; `waits` holds the latest wait of each by name, `due`
    when a dead one starts again. `chores` are done once a second, beside looking after the logs.
    """

    def __init__(self, patience: Patience | None = None) -> None:
        self.patience = patience or Patience()
        self.children: list[Child] = []
        self.waits: dict[str, float] = {}
        self.due: dict[str, float] = {}
        self.chores: list[Callable[[], None]] = [self._rotate_logs]
        self._chores_at = 0.0
        # Held while a child is started again, so that none is after it was let go.
        self._lock = threading.Lock()

    def keep(self, child: Child) -> None:
        child.start()
        self.children.append(child)
        log.info("started %s", child.describe())

    def stop(self, children: Sequence[Child], grace_s: float) -> None:
        """Stop these children for good."""
        with self._lock:
            self.children = [child for child in self.children if child not in children]
        stop(children, grace_s)
        for child in children:
            log.info("stopped %s", child.describe())

    def dead(self) -> list[Child]:
        return [child for child in self.children if not child.alive()]

    def watch(self, until: threading.Event) -> None:
        """Start again what ends, until the event is set."""
        while not until.wait(LOOK_EVERY_S):
            self.look()

    def look(self) -> None:
        """Start again what has ended, once it has waited, and do the chores when they are due."""
        with self._lock:
            for child in self.dead():
                self._mend(child)
        if time.monotonic() >= self._chores_at:
            self._do_chores()
            self._chores_at = time.monotonic() + CHORES_EVERY_S

    def _do_chores(self) -> None:
        for chore in self.chores:
            try:
                chore()
            except Exception:  # none of them is worth the service
                log.exception("a chore failed; the next time it may not")

    def _rotate_logs(self) -> None:
        for child in self.children:
            rotate(child.log)

    def _mend(self, child: Child) -> None:
        now = time.monotonic()
        if child.name not in self.due:
            lived_s = now - child.started_at
            wait_s = self.patience.after(self.waits.get(child.name, 0), lived_s)
            self.waits[child.name], self.due[child.name] = wait_s, now + wait_s
            log.warning(
                "ended %s lived_s=%.1f restart_in_s=%.1f", child.describe(), lived_s, wait_s
            )
        elif now >= self.due[child.name]:
            del self.due[child.name]
            self._restart(child)

    def _restart(self, child: Child) -> None:
        try:
            child.start()
        # No memory or no disk now may be there later: try again like any other end.
        except OSError as error:
            log.warning("not_started %s error=%r", child.describe(), error)
        else:
            log.warning("restarted %s", child.describe())

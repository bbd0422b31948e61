"""A line in the log for an epoch now and then."""

import logging
import math
import time
from collections.abc import Mapping
from typing import Any

SAY_S = 5.0  # between two lines, at least
SAID = 50  # and the share of the time since the training began
SHOWN = ("loss", "accuracy", "validation_loss", "validation_accuracy")  # of an epoch

log = logging.getLogger(__name__)


class EpochLog:
    """Logs the first epoch, the last, and others the more rarely the longer it has trained: of a
    training of a day some 350.

    State: when it began, and when an epoch was logged.
    """

    def __init__(self, job: str) -> None:
        self._job = job
        self._began, self._said = time.monotonic(), -math.inf

    def say(self, row: Mapping[str, Any], epochs: int) -> None:
        """Log a row of the metrics, if it is time.

        Args:
            epochs: that are to be trained.
        """
        now, last = time.monotonic(), row["epoch"] == epochs
        if last or now - self._said > max(SAY_S, (now - self._began) / SAID):
            shown = {name.replace("_", " "): row[name] for name in SHOWN if row[name] is not None}
            told = ", ".join(f"{name} {value:.4g}" for name, value in shown.items())
            log.info("%s epoch %d of %d: %s", self._job, row["epoch"], epochs, told)
            self._said = now

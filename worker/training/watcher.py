"""Who looks on while a model is made."""

from typing import Protocol

from worker.doctor.chart import Statistics
from worker.training.gradient_check import Proof
from worker.training.loop import Watcher as RunWatcher
from worker.training.turn import Turn


class Watcher(RunWatcher, Protocol):
    """Hears of each training that the job takes, from before its first step to behind its last."""

    def before_training(self, statistics: Statistics, turn: Turn) -> None:
        """Hear what is known of the data before the first step, and which training it is."""

    def after_gradient_check(self, proof: Proof) -> None:
        """Hear how far the derivatives are from measured ones."""

    def after_timing(self, shares: list[float]) -> None:
        """Hear which share of a step's time is spent on each layer."""

    def after_training(self) -> None:
        """Hear that the last step is taken; the run is to be forgotten."""

"""A watcher of `train` that only takes notes."""

from collections.abc import Callable

from worker.doctor.chart import Statistics
from worker.nn.arrays import on_host
from worker.training.gradient_check import Proof
from worker.training.loop import Checkpoint, Epoch, Run
from worker.training.turn import Turn


class RecordingWatcher:
    """Hears everything; ends the run where `stop` raises; takes a checkpoint where it is told to.

    Attributes:
        epochs: what it heard of.
        turns: the trainings that it heard begin.
        checkpoints: by the number of steps that had been taken.
    """

    def __init__(
        self,
        stop: Callable[[], None] = lambda: None,
        keep: Callable[[int], bool] = lambda step: False,
    ) -> None:
        self.before_step = stop
        self._keep = keep
        self.epochs: list[Epoch] = []
        self.checkpoints: dict[int, Checkpoint] = {}
        self.statistics: Statistics | None = None
        self.proof: Proof | None = None
        self.shares: list[float] | None = None
        self.turns: list[Turn] = []
        self._steps = 0

    def before_training(self, statistics: Statistics, turn: Turn) -> None:
        self.statistics = statistics
        self.turns.append(turn)

    def after_gradient_check(self, proof: Proof) -> None:
        self.proof = proof

    def after_timing(self, shares: list[float]) -> None:
        self.shares = shares

    def after_training(self) -> None:
        pass

    def after_step(self, run: Run) -> None:
        self._steps += 1
        if self._keep(self._steps):
            self.checkpoints[self._steps] = copied(run.checkpoint())

    def after_epoch(self, epoch: Epoch) -> None:
        self.epochs.append(epoch)


def copied(checkpoint: Checkpoint) -> Checkpoint:
    """What stays as it is while its run goes on."""
    tensors = {name: on_host(array) for name, array in checkpoint.tensors.items()}
    return Checkpoint(tensors, checkpoint.about)

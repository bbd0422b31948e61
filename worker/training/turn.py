"""One of the trainings that a job takes one after the other."""

from collections.abc import Sequence
from typing import NamedTuple

from worker.jsontypes import Json
from worker.training.loop import Checkpoint
from worker.training.plan import Folds


class Turn(NamedTuple):
    """Which of them it is, and what those before it took.

    Attributes:
        number: trainings before it.
        left: trainings from here on, this one among them.
        repeat, fold: which rows are held out from it, both counted from 1; None if none are.
        rows: of the metrics, which those before have told.
        seconds: for which those before were trained.
    """

    number: int = 0
    left: int = 1
    repeat: int | None = None
    fold: int | None = None
    rows: int = 0
    seconds: float = 0.0

    @classmethod
    def after(cls, outcomes: Sequence[Json], folds: Folds) -> "Turn":
        """Returns the one that comes when these folds are done."""
        number = len(outcomes)
        left = folds.trainings + 1 - number
        place = divmod(number, folds.count)
        repeat, fold = (at + 1 for at in place) if left > 1 else (None, None)
        rows, seconds = (sum(each[what] for each in outcomes) for what in ("epochs", "seconds"))
        return cls(number, left, repeat, fold, rows, seconds)

    def named(self, epoch: int) -> Json:
        """What a row of the metrics says of it, of this epoch; nothing if it is the only one."""
        if self == ALONE:
            return {}
        return {"row": self.rows + epoch, "repeat": self.repeat, "fold": self.fold}

    def share_of(self, seconds: float) -> float:
        """For how many seconds it may be trained, where all together may be for so many: what is
        left is the same for each that is left."""
        return (seconds - self.seconds) / self.left


ALONE = Turn()


class Start(NamedTuple):
    """How a training begins.

    Attributes:
        turn: which of the job's it is.
        checkpoint: from which it goes on, if from one.
        beside: what its own checkpoints have of the trainings before it.
    """

    turn: Turn
    checkpoint: Checkpoint | None
    beside: Checkpoint | None

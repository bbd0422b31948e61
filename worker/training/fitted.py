"""What comes of one training, before anything is measured."""

from typing import NamedTuple

from worker.data.dataset import Split
from worker.jsontypes import Json
from worker.nn.network import Network
from worker.training.chain import Chain
from worker.training.model import Tensors


class End(NamedTuple):
    """Where a training ended.

    Attributes:
        ended_by: `epochs`, `early_stopping`, `max_seconds` or `stop`.
        chain: of its weights; None where it went on from a checkpoint that has none.
        epochs: that were taken whole.
        seconds: for which it was trained.
    """

    ended_by: str
    chain: Chain | None
    epochs: int
    seconds: float

    def as_dict(self) -> Json:
        """Returns it as plain JSON, without the chain."""
        return {"ended_by": self.ended_by, "epochs": self.epochs, "seconds": self.seconds}


class Fitted(NamedTuple):
    """A network that was trained.

    Attributes:
        tensors: take raw rows.
        unfolded: the same as they were trained.
        served: the network as it answers, which takes raw rows.
        rows, kept_out: what it has learned from, and what it was watched by, if by any.
        fold_difference: the largest difference in probability between the two networks.
    """

    tensors: Tensors
    unfolded: Tensors
    served: Network
    rows: Split
    kept_out: Split | None
    fold_difference: float
    end: End

"""By what two trainings are compared epoch by epoch: numbers for the weights, each of which stands
for all before it too."""

from collections.abc import Iterable
from itertools import chain, zip_longest
from math import ceil
from typing import NamedTuple

import numpy as np

from worker.data.digests import chained
from worker.jsontypes import Json
from worker.nn.arrays import Array
from worker.store.tensor_file import pieces
from worker.training.plan import Plan

MOST_LINKS = 10_000  # of a training, or so: its chain must stay small beside any model
# Multiplications in whose time a weight is digested, a hundred times over; measured on one core
# with weights that lie apart. A graphics processor multiplies faster, and its weights come to the
# host for it.
PER_WEIGHT = 2_000
PER_WEIGHT_ELSEWHERE = 10 * PER_WEIGHT
# What small networks take beside that: an array as much as so many weights, a step as much as so
# many multiplications.
PER_ARRAY, PER_STEP = 500, 150_000


class Link(NamedTuple):
    """The weights after so many epochs, and so many steps of the next one."""

    epoch: int
    step: int
    digest: str


class Difference(NamedTuple):
    """Where two trainings part.

    Attributes:
        epoch: the first at whose end, or in which, weights are known to differ.
        last_same: the last at whose end they are known to be the same; 0 before there is one.
    """

    epoch: int
    last_same: int


class Chain:
    """The links of a training so far.

    Attributes:
        stride: epochs from one link to the next. The first epoch has one too, and the end.
        links: in their order.
    """

    def __init__(self, stride: int, links: Iterable[Link] = ()) -> None:
        self.stride, self.links = stride, [*links]

    @classmethod
    def of(cls, values: Json) -> "Chain":
        """Returns it as `as_dict` described it."""
        return cls(values["stride"], (Link(*link) for link in values["links"]))

    def as_dict(self) -> Json:
        return {"stride": self.stride, "links": [[*link] for link in self.links]}

    def after_epoch(self, epoch: int, arrays: Iterable[Array]) -> None:
        """Add a link at the end of an epoch, counted from 1, if one is due there."""
        if epoch == 1 or epoch % self.stride == 0:
            self._add(epoch, 0, arrays)

    def close(self, epoch: int, step: int, arrays: Iterable[Array]) -> None:
        """Add the link of where the training ends, if there is none."""
        if not self.links or self.links[-1][:2] != (epoch, step):
            self._add(epoch, step, arrays)

    def parts_from(self, other: "Chain") -> Difference | None:
        """Returns where this training parts from another one; None where all links are the same."""
        last_same = 0
        for ours, theirs in zip_longest(self.links, other.links):
            if ours != theirs:
                return Difference(min(map(epoch_of, filter(None, (ours, theirs)))), last_same)
            last_same = ours.epoch
        return None

    def _add(self, epoch: int, step: int, arrays: Iterable[Array]) -> None:
        before = int(self.links[-1].digest, 16) if self.links else 0
        found = chained(before, chain.from_iterable(map(pieces, arrays)))
        self.links.append(Link(epoch, step, f"{found:016x}"))


class Again(NamedTuple):
    """A training that is done again.

    Attributes:
        stride: epochs between the links of its chain; None: as of any other.
        until: epochs, and steps of the next one, after which it had ended; None: with its plan.
    """

    stride: int | None
    until: tuple[int, int] | None


ONCE = Again(None, None)


def epoch_of(link: Link) -> int:
    """The epoch at whose end it is, or in which."""
    return link.epoch + (link.step > 0)


def new_chain(plan: Plan, rows: int, sample: Array) -> Chain:
    """An empty chain, whose links come so rarely that they cost next to nothing. How rarely depends
    on what is trained, and where: two trainings of one spec have them at the same epochs.

    Args:
        rows: of an epoch.
        sample: one of the arrays that are trained, wherever these live.
    """
    arrays = [*plan.network.learning_tensors]
    weights = PER_ARRAY * len(arrays) + sum(tensor.size for tensor in arrays)
    steps = ceil(rows / (plan.batches.size or rows))
    work = PER_STEP * steps + rows * sum(layer.multiplications for layer in plan.network.layers)
    each = PER_WEIGHT if isinstance(sample, np.ndarray) else PER_WEIGHT_ELSEWHERE
    return Chain(max(1, ceil(each * weights / max(1, work)), ceil(plan.epochs / MOST_LINKS)))

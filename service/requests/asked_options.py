"""What the address of a question to a model asks for: what is told of its answer."""

from typing import Annotated, NamedTuple

from fastapi import Depends, Query

from worker.store.operating_point import OperatingPoint

TOP = 10  # classes whose probabilities are told unless more are asked for


class Options(NamedTuple):
    """What is told of an answer.

    Attributes:
        top: the most classes whose probabilities are told.
        threshold: of two classes, the probability from which on the second is the label; None for
            whichever class is the more probable.
    """

    top: int
    threshold: float | None

    def at(self, point: OperatingPoint) -> "Options":
        """Returns them with what an alias says where the question says nothing."""
        return self if self.threshold is not None else self._replace(threshold=point.threshold)


async def asked_options(
    top: Annotated[
        int,
        Query(ge=1, le=1_000_000, description="The most classes whose probabilities are told."),
    ] = TOP,
    threshold: Annotated[
        float | None,
        Query(
            ge=0,
            le=1,
            allow_inf_nan=False,
            description="Of two classes, the probability from which on the second is the label.",
        ),
    ] = None,
) -> Options:
    return Options(top, threshold)


OptionsDep = Annotated[Options, Depends(asked_options)]

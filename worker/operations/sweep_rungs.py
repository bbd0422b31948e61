"""How many candidates of a sweep go on, and how far, where only the best do."""

from typing import NamedTuple

from worker.errors import InvalidParameter


class Rung(NamedTuple):
    """A number of epochs, and how many candidates are trained as far as that."""

    epochs: int
    candidates: int


def cuts(candidates: int, reduction: int) -> int:
    """Returns how often candidates are reduced until one is left, as `rungs` does it."""
    return 0 if candidates <= 1 else 1 + cuts(candidates // reduction, reduction)


def rungs(candidates: int, reduction: int, first_epochs: int, epochs: int) -> list[Rung]:
    """Returns the rungs of successive halving, the shortest first: of each rung the best
    candidates, one in `reduction`, go on for that many times as long. A last one goes to the end.

    Args:
        first_epochs: after which candidates are compared for the first time.
        epochs: of those that go to the end.

    Raises:
        InvalidParameter: with these numbers nobody is left out or nothing is learned.

    Source: Jamieson and Talwalkar, Non-stochastic best arm identification and hyperparameter
    optimization, 2016, algorithm 1; with a factor as in Li et al., Hyperband, 2018, algorithm 1.
    """
    if reduction < 2 or candidates < 1 or not 1 <= first_epochs <= epochs:
        raise InvalidParameter(
            "Expected at least one candidate, a reduction of 2 or more, and 1 to "
            f"{epochs:,} epochs at first, as many as all in all; got {candidates:,} candidates, "
            f"reduction {reduction} and {first_epochs:,} epochs at first. Send others."
        )
    found = [Rung(first_epochs if candidates > 1 else epochs, candidates)]
    while found[-1].epochs < epochs:
        left = max(1, found[-1].candidates // reduction)
        longer = min(epochs, found[-1].epochs * reduction)
        found.append(Rung(longer if left > 1 else epochs, left))
    return found

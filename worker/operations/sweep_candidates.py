"""The candidates of a sweep: what each of them has otherwise than the spec that was sent."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from random import Random
from typing import Any

from worker.errors import InvalidParameter
from worker.spec.vary import VarySpec, as_text, different, grid_size

Changes = dict[str, Any]


@dataclass(frozen=True)
class Candidate:
    """One of the jobs of a sweep.

    Attributes:
        index: its number, from 0.
        changes: by the dotted path of a field, such as optimizer.learning_rate, what it has there.
    """

    index: int
    changes: Changes


def grid(vary: VarySpec) -> list[Candidate]:
    """Returns every combination, in the order in which fields and values were written; the last
    field changes fastest.

    Raises:
        InvalidParameter: there are too many, or a range says not how many numbers are meant.
    """
    try:
        grid_size(vary)  # before they are made
    except ValueError as error:
        words = str(error)
        raise InvalidParameter(f"{words[0].upper()}{words[1:]}.", "/vary") from error
    found = product(*(part.points for part in vary.values()))
    return [Candidate(at, dict(zip(vary, each, strict=True))) for at, each in enumerate(found)]


def drawn(vary: VarySpec, wanted: int, seed: int) -> list[Candidate]:
    """Returns so many candidates, drawn evenly; where values can be counted, no two alike. Each is
    what it is however many there are: of more, the first are the same.

    Raises:
        InvalidParameter: there are not so many that differ.
    """
    most = different(vary) or wanted
    if not 1 <= wanted <= most:
        raise InvalidParameter(
            f"Expected 1 to {most:,} candidates, as many as differ, got {wanted:,}. Send another "
            "count, or more values.",
            "/count",
        )
    seen: set[str] = set()
    found = []
    for index in range(wanted):
        fresh = (each for each in tries(vary, seed, index) if as_text(each) not in seen)
        found.append(Candidate(index, next(fresh)))
        if different(vary) is not None:  # of numbers without an end, none need be refused
            seen.add(as_text(found[-1].changes))
    return found


def tries(vary: VarySpec, seed: int, index: int) -> Iterator[Changes]:
    """What a candidate may have, one draw after another without an end. Each field has draws of
    its own, so that they stay when another field joins it."""
    draws = {path: Random(f"{seed}/{index}/{path}") for path in vary}  # noqa: S311
    while True:
        # Of a generator of the standard library, `random` alone is promised to stay the same.
        yield {path: vary[path].drawn(draw.random()) for path, draw in draws.items()}

"""Where several specs differ."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from worker.jsontypes import Json


class Difference(NamedTuple):
    """A place where specs differ.

    Attributes:
        path: such as /optimizer/learning_rate.
        values: of each of them, in their order; None where one has nothing there.
    """

    path: str
    values: list[Any]


def differing(specs: Sequence[Json], path: str = "") -> Iterator[Difference]:
    """Each place where specs differ."""
    for name in sorted({name for spec in specs for name in spec}):
        values: list[Any] = [spec.get(name) for spec in specs]
        place = f"{path}/{name}"
        if all(isinstance(value, dict) for value in values):
            yield from differing(values, place)
        elif any(value != values[0] for value in values):
            yield Difference(place, values)

"""What a seeded fault is, and the promises that many of them break."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

ENDS, GRAPH, TWINS, WHOLE, LEFT, GONE = (
    "acknowledged_jobs_end_once",
    "states_follow_the_graph",
    "undisturbed_twins_are_equal",
    "jobs_are_whole_or_absent",
    "nothing_is_left_lying_about",
    "datasets_are_whole_or_gone",
)


class Edit(NamedTuple):
    """A change of one text in one file of `worker/`."""

    file: str
    old: str
    new: str


@dataclass(frozen=True)
class Mutant:
    """A seeded fault.

    Attributes:
        suffers: the scenarios that bring it to light, with their sizes.
        caught_by: the invariants that may notice.
        settings: those of the service for it alone.
    """

    name: str
    suffers: dict[str, int]
    caught_by: set[str]
    edits: tuple[Edit, ...]
    settings: Mapping[str, Any]


def mutant(
    name: str, suffers: dict[str, int], caught_by: set[str], *edits: Edit, **settings: Any
) -> Mutant:
    return Mutant(name, suffers, caught_by, edits, settings)

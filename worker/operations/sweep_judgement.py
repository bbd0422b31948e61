"""A sweep judged: its leaderboard, which field mattered, and both in words."""

from collections.abc import Sequence
from typing import NamedTuple

from worker.operations.sweep_effects import Mattered, mattered
from worker.operations.sweep_leaderboard import Answered, Place, Tried, leaderboard, unknown
from worker.operations.sweep_words import in_words


class Judgement(NamedTuple):
    """What comes of a sweep, so far or at its end.

    Attributes:
        places: all candidates, the best first.
        mattered: what each field does, the largest share first.
        said: both, for a person.
    """

    places: list[Place]
    mattered: list[Mattered]
    said: str


def judged(tried: Sequence[Tried], answered: Answered = unknown) -> Judgement:
    """Returns what comes of these candidates, all that a sweep has.

    Args:
        answered: returns what one answered for the validation rows, such as the store has it.
    """
    places, effects = leaderboard(tried, answered), mattered(tried)
    return Judgement(places, effects, in_words(places, effects))

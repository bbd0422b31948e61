"""A class that a caller names."""

from collections.abc import Sequence
from difflib import get_close_matches

from worker.data.packed import quoted, some
from worker.errors import InvalidParameter

NAMED = 5  # classes in a message


def number_of(classes: Sequence[str], name: str, whose: str) -> int:
    """Returns the number of a class of this name.

    Args:
        whose: what has these classes, in the message.

    Raises:
        InvalidParameter: there is none.
    """
    if name in classes:
        return classes.index(name)
    if near := get_close_matches(name, classes, n=1):
        advice = f"{near[0]!r} was probably meant."
    else:
        advice = f"it has {some(classes, NAMED, quoted)}."
    raise InvalidParameter(f"Expected a class of the {whose}, got {name[:80]!r}; {advice}")

"""Numbers that may have overflowed, as JSON can say them."""

import math
import sys


def capped(value: float) -> float:
    """The value, or where it overflowed the largest that JSON can say."""
    return value if math.isfinite(value) else sys.float_info.max


def capped_or_none(value: float | None) -> float | None:
    return None if value is None else capped(value)

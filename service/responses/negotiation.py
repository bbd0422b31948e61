"""Which of several forms an answer has (RFC 9110, 12.5.1)."""

from collections.abc import Sequence

from fastapi import Request

# The answer depends on who asks, so whoever keeps it must ask again for others.
VARY = {"Vary": "Accept"}


def preferred(request: Request, kinds: Sequence[str]) -> str:
    """Returns the first of these media types that `Accept` names, or the last if it names none."""
    accepted = request.headers.get("accept", "")
    return next((kind for kind in kinds if kind in accepted), kinds[-1])

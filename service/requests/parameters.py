"""Query parameters that no route knows are refused, with the name that was probably meant."""

from collections.abc import Collection
from difflib import get_close_matches

from fastapi import Request
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError


async def known_parameters(request: Request) -> None:
    """Refuse a request whose query has a parameter that its route does not declare.

    Raises:
        RequestValidationError: it has one.
    """
    if not request.query_params:
        return
    known = declared(request.scope["route"].dependant)
    unknown = [name for name in request.query_params if name not in known]
    if unknown:
        raise RequestValidationError(
            [
                {"type": "unknown", "loc": ("query", name[:80]), "msg": advice(name, known)}
                for name in unknown
            ]
        )


def declared(dependant: Dependant) -> set[str]:
    """The query parameters of a route and of what it depends on."""
    own = {parameter.alias for parameter in dependant.query_params}
    return own.union(*map(declared, dependant.dependencies))


def advice(name: str, known: Collection[str]) -> str:
    """What to send instead of a name that is not known."""
    if near := get_close_matches(name, known, n=1, cutoff=0.5):
        return f"is not known here; did you mean {near[0]}?"
    return f"is not known here; known: {', '.join(sorted(known)) or 'none'}"

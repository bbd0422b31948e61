"""What a key needs for each request, by its method and path: deny by default."""

import re
from collections.abc import Iterable
from typing import NamedTuple

from starlette.routing import Route, compile_path

from service.access.key_scope import KeyScope
from service.access.scopes import ADMIN, ANY, Needs, ScopedRouter

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
CHANGING = frozenset({KeyScope.TRAIN, KeyScope.ADMIN})


class Rule(NamedTuple):
    """What one route needs; `template` is its path as it was declared."""

    method: str
    template: str
    pattern: re.Pattern[str]
    needs: Needs


class Rules:
    """What all routes need.

    Args:
        routers: all that there are, in the order in which a path is held against them.

    Raises:
        LookupError: a route does not say what it needs.
    """

    def __init__(self, routers: Iterable[ScopedRouter]) -> None:
        self.rules = tuple(
            Rule(
                method, route.path, compile_path(route.path)[0], router.needs_of(method, route.path)
            )
            for router in routers
            for route in router.routes
            if isinstance(route, Route)
            for method in sorted(route.methods or ())
        )

    def needed(self, method: str, path: str) -> Needs:
        """Returns the scopes of which a key needs one for a request.

        Where there is no such route, what could change something needs `admin`, whatever it meant;
        all else is let through, to be told that nothing is there.
        """
        for asked in ("HEAD", "GET") if method == "HEAD" else (method,):
            for rule in self.rules:
                if rule.method == asked and rule.pattern.match(path):
                    return rule.needs
        return ANY if method in SAFE else ADMIN

    def changes(self, method: str, path: str) -> bool:
        """Whether a request may change something, by what it needs."""
        if method in SAFE:  # at once, since that is asked about every request
            return False
        needs = self.needed(method, path)
        return bool(needs) and CHANGING.issuperset(needs)

"""Whoever a request comes from, as far as its key says."""

from typing import NamedTuple

from service.access.key_scope import KeyScope
from service.access.scopes import Needs
from worker.store.api_key import ApiKey

EVERYTHING = frozenset(KeyScope)
TO_READ = frozenset({KeyScope.READ, KeyScope.PREDICT})


class Caller(NamedTuple):
    """Somebody who has shown a key, or of whom none is asked.

    Attributes:
        id: of a key that was made here; PURR_API_KEY or PURR_READ_KEY; or "" of anybody.
        key: one that was made here; None of all others.
    """

    id: str
    name: str
    scopes: frozenset[KeyScope]
    key: ApiKey | None = None

    def may(self, needs: Needs) -> bool:
        """Whether a key may be used for what needs any one of these scopes."""
        return KeyScope.ADMIN in self.scopes or not self.scopes.isdisjoint(needs)


ANYBODY = Caller("", "anybody", EVERYTHING)
FIRST_ADMIN = Caller("PURR_API_KEY", "PURR_API_KEY", EVERYTHING)
READER = Caller("PURR_READ_KEY", "PURR_READ_KEY", TO_READ)


def holder_of(key: ApiKey) -> Caller:
    """Returns who has shown a key that was made here. Scopes that are not known here count for
    nothing."""
    scopes = frozenset(KeyScope(scope) for scope in key.scopes if scope in EVERYTHING)
    return Caller(key.id, key.name, scopes, key)

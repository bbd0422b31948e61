"""Routers that say which scope of a key their routes need."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from fastapi import APIRouter

from service.access.key_scope import KeyScope

# Scopes of which a key needs any one; none of them where no key is asked for.
Needs = tuple[KeyScope, ...]

OPEN: Needs = ()
PREDICT: Needs = (KeyScope.PREDICT,)
READ: Needs = (KeyScope.READ,)
TRAIN: Needs = (KeyScope.TRAIN,)
ADMIN: Needs = (KeyScope.ADMIN,)
READ_OR_PREDICT: Needs = (KeyScope.READ, KeyScope.PREDICT)
READ_OR_TRAIN: Needs = (KeyScope.READ, KeyScope.TRAIN)
ANY: Needs = tuple(KeyScope)


class ScopedRouter(APIRouter):
    """A router whose routes all say what a key needs for them.

    Args:
        needs: for a method, or for a method and a path such as `POST /v2/repository/index`, which
            goes first. Without an entry for one of its routes the service does not start.
    """

    def __init__(self, *, needs: Mapping[str, Needs], **named: Any) -> None:
        super().__init__(**named)
        self._needs = MappingProxyType(dict(needs))

    def needs_of(self, method: str, path: str) -> Needs:
        """Returns what a key needs for a route.

        Raises:
            LookupError: nobody has said it.
        """
        for said in (f"{method} {path}", method):
            if said in self._needs:
                return self._needs[said]
        raise LookupError(
            f"Expected the router of {method} {path} to say which scopes it needs, and it does "
            f"not: add {method} to its `needs`."
        )

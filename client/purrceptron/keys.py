"""Keys to the service, for whoever may make some."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime

from purrceptron.answers import Answer
from purrceptron.calling import Bound, M, call, stream
from purrceptron.session import Ask, Session, path_of


class Key(Answer):
    """A key, without what its holder shows: that was told once.

    Attributes:
        scopes: of `predict`, `read`, `train` and `admin`.
        per_minute: requests that it may make in a minute; None: any number.
        state: `active`, `expired` or `revoked`.
        old_until: until when the secret before the last rotation is taken, too.
        last_used_at: to about a minute.
    """

    id: str
    name: str
    scopes: list[str]
    per_minute: int | None = None
    state: str
    created_at: datetime | None = None
    created_by: str = ""
    expires_at: datetime | None = None
    rotated_at: datetime | None = None
    old_until: datetime | None = None
    revoked_at: datetime | None = None
    last_used_at: datetime | None = None

    brief = ("id", "name", "scopes", "state")


class NewKey(Key):
    """A key as it was just made or rotated; `key` is what its holder shows, and is told once."""

    key: str


class Keys(Bound[M]):
    """`client.keys`"""

    def __init__(self, session: Session[M]) -> None:
        self._session = session

    @call
    async def create(
        self,
        name: str,
        scopes: Sequence[str],
        *,
        lasts_s: int | None = None,
        per_minute: int | None = None,
    ) -> NewKey:
        """Makes a key.

        Args:
            scopes: what it may be used for: `predict`, `read`, `train`, or `admin` for everything.
            lasts_s: seconds until it expires; None: it does not.
            per_minute: requests that it may make in a minute; None: any number.
        """
        limits = {"lasts_s": lasts_s, "per_minute": per_minute}
        asked = {"name": name, "scopes": list(scopes), **limits}
        # Not sent again where nobody knows what became of it: that would make a second key.
        return await self._session.ask(
            NewKey, "POST", path_of("keys"), body=lambda: {"json": asked}, twice=False
        )

    @call
    async def get(self, key: str) -> Key:
        """Returns the key of this id."""
        return await self._session.ask(Key, "GET", path_of("keys", key))

    @stream
    async def list(self) -> AsyncIterator[Key]:
        """Yields all keys, the newest first."""
        async for row in self._session.pages(path_of("keys"), {}):
            yield self._session.known_as(Key, row)

    @call
    async def rotate(self, key: str, *, old_lasts_s: int = 0) -> NewKey:
        """Gives the key of this id another secret.

        Args:
            old_lasts_s: seconds for which the one before is taken, too.
        """
        asked = {"old_lasts_s": old_lasts_s}
        path = path_of("keys", key, "rotate")
        return await self._session.ask(
            NewKey, "POST", path, body=lambda: {"json": asked}, twice=False
        )

    @call
    async def revoke(self, key: str) -> None:
        """Has the key of this id refused from now on."""
        await self._session.send(Ask("DELETE", path_of("keys", key)))

"""Making, rotating and revoking keys to the API."""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

from worker.errors import IllegalMove, KeyNotFound, LimitExceeded
from worker.jobs.api_keys import KeyRecords
from worker.jobs.record import new_id
from worker.store.api_key import ApiKey, digest_of, new_secret, token
from worker.store.api_keys import KeyStore

MOST_KEYS = 1_000
KEPT_MS = 30 * 86_400_000  # a key that has ended is told of for so long


class Made(NamedTuple):
    """A key, and what its holder shows: this is told once, and kept nowhere."""

    key: ApiKey
    token: str


class ApiKeys:
    """Keys, of which the store has the truth, and Redis what is looked up.

    Every method raises StoreFull if the disk is full, QueueUnavailable if Redis does not answer.
    To ask for a change again mends what was done in one of both alone.
    """

    def __init__(self, store: KeyStore, records: KeyRecords) -> None:
        self._store, self._records = store, records

    def create(
        self,
        name: str,
        scopes: Sequence[str],
        created_by: str,
        *,
        lasts_s: int | None = None,
        per_minute: int | None = None,
    ) -> Made:
        """Make a key.

        Args:
            created_by: the id of the caller.
            lasts_s: seconds until it expires; None: it does not.
            per_minute: requests that it may make in a minute; None: any number.

        Raises:
            LimitExceeded: there are as many keys as there may be.
        """
        secret, now_ms = new_secret(), clock_ms()
        expires_ms = None if lasts_s is None else now_ms + 1_000 * lasts_s
        key = ApiKey(
            id=new_id("key"),
            name=name,
            scopes=tuple(scopes),
            digest=digest_of(secret),
            created_by=created_by,
            per_minute=per_minute,
            expires_ms=expires_ms,
        )
        with self._store.locked():
            self._forget_ended(now_ms)
            if len(self._store.all()) >= MOST_KEYS:
                raise LimitExceeded(
                    f"Expected at most {MOST_KEYS:,} keys, those of the last 30 days that have "
                    "ended among them, and there are so many. Use a key for longer, or rotate it."
                )
            self._keep(key)
        return Made(key, token(key.id, secret))

    def get(self, key_id: str) -> ApiKey:
        """Returns a key.

        Raises:
            KeyNotFound: there is none of this id.
        """
        if (key := self._store.get(key_id)) is None:
            raise KeyNotFound(f"No key has the id {key_id!r:.60}. `GET /v1/keys` lists all.")
        return key

    def page(self, limit: int, after: str | None) -> list[ApiKey]:
        """Returns keys, the newest first."""
        return [key for key in self._store.all() if after is None or key.id < after][:limit]

    def used_ms(self, keys: Sequence[ApiKey]) -> list[int | None]:
        """Returns when each of these was used last, as far as Redis remembers it."""
        return self._records.used_ms([key.id for key in keys])

    def rotate(self, key_id: str, old_lasts_s: int) -> Made:
        """Give a key another secret.

        Args:
            old_lasts_s: seconds for which the one before is taken, too.

        Raises:
            KeyNotFound: there is none of this id.
            IllegalMove: it has ended.
        """
        secret = new_secret()

        def rotated(key: ApiKey, now_ms: int) -> ApiKey:
            if (state := key.state(now_ms)) != "active":
                raise IllegalMove(
                    f"Expected a key that is active, and {key.id} is {state}. Make a new one."
                )
            return replace(
                key,
                digest=digest_of(secret),
                rotated_ms=now_ms,
                old_digest=key.digest if old_lasts_s else "",
                old_until_ms=now_ms + 1_000 * old_lasts_s if old_lasts_s else 0,
            )

        return Made(self._change(key_id, rotated), token(key_id, secret))

    def revoke(self, key_id: str) -> None:
        """Have a key, and the secret before, refused from now on. A second time changes nothing.

        Raises:
            KeyNotFound: there is none of this id.
        """

        def revoked(key: ApiKey, now_ms: int) -> ApiKey:
            return key if key.revoked_ms is not None else replace(key, revoked_ms=now_ms)

        with self._store.locked():
            key = self.get(key_id)
            gone = after(key, revoked)
            # Whichever of both fails, the other one shall know: this must not wait for a disk.
            try:
                self._records.put(gone)
            finally:
                self._store.keep(gone)

    def _change(self, key_id: str, change: Callable[[ApiKey, int], ApiKey]) -> ApiKey:
        with self._store.locked():
            key = after(self.get(key_id), change)
            self._keep(key)
        return key

    def _keep(self, key: ApiKey) -> None:
        self._store.keep(key)
        self._records.put(key)

    def _forget_ended(self, now_ms: int) -> None:
        """Forget the keys that ended long ago."""
        for key in self._store.all():
            if key.ended_ms is not None and key.ended_ms + KEPT_MS < now_ms:
                # Last, so that it is tried again if Redis is away.
                self._records.forget(key.id)
                self._store.forget(key.id)


def after(key: ApiKey, change: Callable[[ApiKey, int], ApiKey]) -> ApiKey:
    """Returns a key as a change leaves it, with the next revision."""
    return replace(change(key, clock_ms()), revision=key.revision + 1)


def clock_ms() -> int:
    return time.time_ns() // 1_000_000

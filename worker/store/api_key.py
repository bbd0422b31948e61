"""A key to the API as it is kept: what it may do, until when, and a digest of its secret.

What a caller shows is `purr_{its id without key_}_{secret}`. The secret is 192 random bits, so its
SHA-256 tells nobody anything, and need not be slow.
"""

import hashlib
import hmac
import re
import secrets
from dataclasses import asdict, dataclass, fields
from typing import NamedTuple, Self

from worker.jsontypes import Json

SECRET_BYTES = 24
TOKEN = re.compile(r"purr_([0-9a-f]{32})_([0-9a-f]{48})")
ID = r"key_[0-9a-f]{32}"


class Shown(NamedTuple):
    """What a caller has shown: which key it says that it is, and the digest of its secret."""

    id: str
    digest: str


@dataclass(frozen=True)
class ApiKey:
    """One key. Times are milliseconds since 1970.

    Attributes:
        revision: counts the changes, so that an older state never takes the place of a newer one.
        created_by: the id of the key by which it was made.
        per_minute: requests that it may make in a minute; None: any number.
        old_digest, old_until_ms: the secret before the last rotation, and until when it is taken.
    """

    id: str
    name: str
    scopes: tuple[str, ...]
    digest: str
    created_by: str
    revision: int = 1
    per_minute: int | None = None
    expires_ms: int | None = None
    revoked_ms: int | None = None
    rotated_ms: int | None = None
    old_digest: str = ""
    old_until_ms: int = 0

    @classmethod
    def read(cls, kept: Json) -> Self:
        """Returns a key from JSON; what a newer release has kept beside it is left out."""
        known = {field.name: kept[field.name] for field in fields(cls) if field.name in kept}
        return cls(**{**known, "scopes": tuple(known["scopes"])})

    def kept(self) -> Json:
        """Returns it as JSON."""
        return asdict(self)

    def is_of(self, digest: str, now_ms: int) -> bool:
        """Whether this is the digest of its secret, or of the one before while that is taken."""
        old = self.old_digest if now_ms < self.old_until_ms else ""
        # Both are compared, whatever comes of the first.
        found = [hmac.compare_digest(digest, known) for known in (self.digest, old)]
        return any(found)

    def state(self, now_ms: int) -> str:
        """Returns `active`, `expired` or `revoked`."""
        if self.revoked_ms is not None:
            return "revoked"
        return "expired" if self.ended_ms is not None and self.ended_ms <= now_ms else "active"

    @property
    def ended_ms(self) -> int | None:
        """When it ended, or will; None if it does not."""
        return self.expires_ms if self.revoked_ms is None else self.revoked_ms


def new_secret() -> str:
    return secrets.token_hex(SECRET_BYTES)


def token(key_id: str, secret: str) -> str:
    """Returns what a caller shows."""
    return f"purr_{key_id.removeprefix('key_')}_{secret}"


def digest_of(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def shown_by(text: str) -> Shown | None:
    """Returns what a caller shows by a token; None where the text is none."""
    found = TOKEN.fullmatch(text)
    return Shown(f"key_{found[1]}", digest_of(found[2])) if found else None

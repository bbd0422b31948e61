"""From what a request shows to whoever sends it."""

import base64
import binascii
import hmac
import time
from datetime import UTC, datetime
from typing import NamedTuple

from pydantic import SecretStr
from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.types import Scope

from service.access.caller import ANYBODY, FIRST_ADMIN, READER, Caller, holder_of
from service.inference_protocol.paths import is_of_protocol
from service.page.session import COOKIE, begin, is_own_page, is_signed, key_named_in
from service.settings import ServiceSettings
from worker.jobs.key_lookups import KeyLookups
from worker.store.api_key import ApiKey, shown_by

UNKNOWN = "Expected an API key, got none or a wrong one. Send Authorization: Bearer …"
ENDED = (
    "Expected a key that is good, got one that {} on {:%Y-%m-%d at %H:%M} UTC. Ask for a new one."
)


class Stranger(NamedTuple):
    """Somebody who shows no key that is good.

    Attributes:
        detail: what is said to them.
        key: the id of the key that they claim to have, "" of none; anybody can write down any.
    """

    detail: str = UNKNOWN
    key: str = ""


class Credentials(NamedTuple):
    """What a request shows: a key, or the cookie of a browser that has shown one to our page."""

    key: str = ""
    cookie: str = ""

    @property
    def key_id(self) -> str:
        """Returns which of the keys that were made here it claims to be, "" for none."""
        if shown := shown_by(self.key):
            return shown.id
        return key_named_in(self.cookie)


class KnownKeys:
    """The two keys of the settings, and those that were made here.

    The two are known in this process, so they are good while Redis is away. All others are looked
    up there; while it is away nobody can say whether they were revoked, so they are refused.
    """

    def __init__(self, settings: ServiceSettings, lookups: KeyLookups) -> None:
        self.lookups = lookups
        self._key = secret(settings.api_key)
        read_key = secret(settings.read_key)
        self._configured = [(self._key, FIRST_ADMIN), *([(read_key, READER)] if read_key else [])]

    @property
    def are_asked_for(self) -> bool:
        return bool(self._key)

    def remembered(self, scope: Scope) -> Caller | Stranger:
        """Returns who sends a request, of whom others were looked up just now."""
        shown = credentials(scope)
        key = self.lookups.remembered(shown.key_id) if shown.key_id else None
        return self._settled(shown) or self._holder(shown, key)

    async def find(self, shown: Credentials) -> Caller | Stranger:
        """Returns who shows this.

        Raises:
            QueueUnavailable: Redis has to be asked, and does not answer.
        """
        if (settled := self._settled(shown)) is not None:
            return settled
        found = self._holder(shown, await self.lookups.find(shown.key_id))
        if isinstance(found, Caller):
            await self.lookups.note_use(found.id)
        return found

    def cookie_of(self, caller: Caller) -> str:
        """Returns the cookie for a browser that has shown a key."""
        for key, known in self._configured:
            if caller == known:
                return begin(key)
        return begin(self._key, of=caller.key)

    def _settled(self, shown: Credentials) -> Caller | Stranger | None:
        """Returns who shows this, if that can be said without a look-up."""
        if not self._key:
            return ANYBODY
        for key, caller in self._configured:
            # Bytes: compare_digest refuses text that is not ASCII.
            if hmac.compare_digest(shown.key.encode(), key) or is_signed(shown.cookie, key):
                return caller
        return None if shown.key_id else Stranger()

    def _holder(self, shown: Credentials, key: ApiKey | None) -> Caller | Stranger:
        """Returns who shows this, which claims to be this key."""
        if key is None:
            return Stranger(key=shown.key_id)
        now_ms = time.time_ns() // 1_000_000
        token = shown_by(shown.key)
        good = (
            key.is_of(token.digest, now_ms) if token else is_signed(shown.cookie, self._key, of=key)
        )
        if not good:
            return Stranger(key=key.id)
        state, ended_ms = key.state(now_ms), key.ended_ms
        if state == "active" or ended_ms is None:
            return holder_of(key)
        how = "was revoked" if state == "revoked" else "expired"
        return Stranger(ENDED.format(how, datetime.fromtimestamp(ended_ms / 1000, UTC)), key.id)


def credentials(scope: Scope) -> Credentials:
    """Returns what a request shows; a cookie only where it comes from our own page."""
    headers = Headers(scope=scope)
    if (said := headers.get("authorization")) is None:
        cookie = cookie_parser(headers.get("cookie", "")).get(COOKIE, "")
        own = bool(cookie) and is_own_page(headers, scope["method"])
        return Credentials(cookie=cookie if own else "")
    scheme, _, given = said.partition(" ")
    # Not elsewhere: browsers remember such passwords, and send them whoever asks.
    if scheme.lower() == "basic" and is_of_protocol(scope):
        return Credentials(password(given).strip())
    return Credentials(given.strip() if scheme.lower() == "bearer" else "")


def secret(setting: SecretStr | None) -> bytes:
    """Returns a key in bytes; none of it where it is not set."""
    return setting.get_secret_value().encode() if setting else b""


def password(credentials: str) -> str:
    """Returns the password of `Authorization: Basic` (RFC 7617), whatever the user's name; "" where
    there is none."""
    try:
        return base64.b64decode(credentials.strip(), validate=True).decode().partition(":")[2]
    except (binascii.Error, UnicodeDecodeError):
        return ""

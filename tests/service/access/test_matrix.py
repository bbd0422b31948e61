"""Every route against every kind of credentials: no other may pass than those that are written down
in `test_rules`."""

import asyncio
import re
import time
from dataclasses import replace
from typing import Any

import pytest
from pydantic import SecretStr

from service.access.key_scope import KeyScope
from service.access.known_keys import KnownKeys
from service.access.rules import Rule, Rules
from service.app import ROUTERS
from service.middleware.access import OPEN, Access
from service.page.session import COOKIE, begin
from service.settings import ServiceSettings
from tests.service.access.conftest import FIRST_KEY
from tests.service.access.test_rules import expected
from worker.errors import QueueUnavailable
from worker.jobs.record import new_id
from worker.store.api_key import ApiKey, digest_of, new_secret, token

SETTINGS = ServiceSettings(redis_url="unix:///nowhere.sock", api_key=SecretStr(FIRST_KEY))
RULES = Rules(module.router for module in ROUTERS)
OWN = {"origin": "http://localhost", "sec-fetch-site": "same-origin"}
HOUR_MS = 3_600_000
NOW_MS = time.time_ns() // 1_000_000


class Lookups:
    """Finds the keys that a test has made, or is away."""

    def __init__(self) -> None:
        self.keys: dict[str, ApiKey] = {}
        self.is_away = False

    async def find(self, key_id: str) -> ApiKey | None:
        if self.is_away:
            raise QueueUnavailable("away.")
        return self.keys.get(key_id)

    def remembered(self, key_id: str) -> ApiKey | None:
        return None if self.is_away else self.keys.get(key_id)

    async def note_use(self, key_id: str) -> None:
        """It is not looked at here."""

    def make(self, *scopes: str, **more: Any) -> tuple[ApiKey, str]:
        secret = new_secret()
        key = ApiKey(new_id("key"), "a key", scopes, digest_of(secret), "", **more)
        self.keys[key.id] = key
        return key, token(key.id, secret)


@pytest.fixture
def lookups() -> Lookups:
    return Lookups()


@pytest.fixture
def access(lookups: Lookups) -> Access:
    doors: Any = lookups
    return Access(SETTINGS, RULES, KnownKeys(SETTINGS, doors))


def verdicts(access: Access, rule: Rule, **headers: str) -> set[str | None]:
    """The code by which a request for a route is refused, with and without a look-up."""
    named = re.sub(r"\{\w+\}", "predict", rule.template)
    lines = {"host": "localhost", **headers}
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in lines.items()]
    scope = {"type": "http", "method": rule.method, "path": named, "headers": raw, "state": {}}
    found = asyncio.run(access.admit(scope)), access.refusal({**scope, "state": {}})
    return {refusal.code if refusal else None for refusal in found}


def cookie_of(cookie: str, **more: str) -> dict[str, str]:
    return {"cookie": f"{COOKIE}={cookie}", **OWN, **more}


@pytest.mark.parametrize("scope", [*KeyScope])
def test_a_key_opens_the_routes_of_its_scope_and_no_other(
    access: Access, lookups: Lookups, scope: KeyScope
) -> None:
    key, shown = lookups.make(scope)
    browser = cookie_of(begin(FIRST_KEY.encode(), of=key))
    for rule in RULES.rules:
        needs = expected(rule.method, rule.template)
        may = not needs or scope in needs or scope is KeyScope.ADMIN
        for headers in ({"authorization": f"Bearer {shown}"}, browser):
            code = None if may else "missing_scope"
            assert verdicts(access, rule, **headers) == {code}, (rule, headers)


def test_scopes_that_are_not_known_here_open_nothing(access: Access, lookups: Lookups) -> None:
    _, shown = lookups.make("of-tomorrow")
    for rule in RULES.rules:
        code = None if rule.template in OPEN else "missing_scope"
        assert verdicts(access, rule, authorization=f"Bearer {shown}") == {code}


def wrong_ones(lookups: Lookups) -> dict[str, dict[str, str]]:
    """Credentials that are none, each of somebody who could do everything if they were."""
    key, shown = lookups.make("admin")
    other, other_shown = lookups.make("admin")
    _, revoked = lookups.make("admin", revoked_ms=NOW_MS - 1)
    _, expired = lookups.make("admin", expires_ms=NOW_MS - 1)
    rotated, before = lookups.make("admin")
    lookups.keys[rotated.id] = replace(
        rotated, digest=digest_of("x"), old_digest=rotated.digest, old_until_ms=NOW_MS - 1
    )
    stale = begin(FIRST_KEY.encode(), of=rotated)
    gone = token(new_id("key"), new_secret())
    prefix, number, _ = shown.split("_")
    borrowed = f"{prefix}_{number}_{other_shown.rpartition('_')[2]}"
    cookie, first = begin(FIRST_KEY.encode(), of=key), FIRST_KEY.encode()
    bearers = {
        "revoked": revoked, "expired": expired, "rotated": before, "unknown": gone,
        "another's secret": borrowed, "the digest": f"{prefix}_{number}_{key.digest[:48]}",
        "no secret": f"{prefix}_{number}_", "the id": key.id, "nearly the first": FIRST_KEY[:-1],
        "nothing": "",
    }  # fmt: skip
    cookies = {
        "signed by its digest": begin(key.digest.encode(), of=key),
        "another's": cookie.replace(key.id, other.id),
        "nobody's": cookie.replace(f".{key.id}", ""),
        "of before it was rotated": stale,
        "of long ago": begin(first, now=0.0, of=key),
    }
    return {
        **{name: {"authorization": f"Bearer {one}"} for name, one in bearers.items()},
        **{name: cookie_of(one) for name, one in cookies.items()},
        "from another port": cookie_of(cookie, origin="http://localhost:1"),
        "as a password": {"authorization": f"Digest {shown}"},
        "none": {},
    }


def test_what_is_forged_stale_or_somebody_elses_opens_nothing(
    access: Access, lookups: Lookups
) -> None:
    for name, headers in wrong_ones(lookups).items():
        for rule in RULES.rules:
            open_to_all = rule.template in OPEN
            found = verdicts(access, rule, **headers)
            foreign = name == "from another port"
            code = "cross_origin" if foreign else None if open_to_all else "unauthenticated"
            assert found == {code}, (name, rule)


def test_while_redis_is_away_no_key_that_was_made_here_opens_anything(
    access: Access, lookups: Lookups
) -> None:
    _, shown = lookups.make("admin")
    lookups.is_away = True
    for rule in RULES.rules:
        found = verdicts(access, rule, authorization=f"Bearer {shown}")
        open_to_all = rule.template in OPEN
        assert found == ({None} if open_to_all else {"queue_unavailable", "unauthenticated"})
        assert verdicts(access, rule, authorization=f"Bearer {FIRST_KEY}") == {None}


def test_the_secret_before_is_good_until_it_is_not(lookups: Lookups, access: Access) -> None:
    key, before = lookups.make("read")
    lookups.keys[key.id] = replace(
        key, digest=digest_of("x"), old_digest=key.digest, old_until_ms=NOW_MS + HOUR_MS
    )
    (looking,) = (rule for rule in RULES.rules if rule[:2] == ("GET", "/v1/jobs"))
    assert verdicts(access, looking, authorization=f"Bearer {before}") == {None}

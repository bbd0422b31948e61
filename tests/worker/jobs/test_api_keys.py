"""What Redis knows of keys is what the store knows, whatever was lost, restored or raced."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import redis

from service.launcher.valkey import Valkey
from worker.errors import QueueUnavailable, StoreFull
from worker.jobs.api_keys import FILLED, KEYS, KeyRecords, redis_key
from worker.jobs.key_lookups import REMEMBERED, KeyLookups, make_room
from worker.operations.api_keys import KEPT_MS, ApiKeys
from worker.store.api_key import ApiKey, shown_by
from worker.store.api_keys import KeyStore


@pytest.fixture
def store(tmp_path: Path) -> KeyStore:
    return KeyStore(tmp_path / "keys")


@pytest.fixture
def records(client: redis.Redis) -> KeyRecords:
    return KeyRecords(client)


@pytest.fixture
def keys(store: KeyStore, records: KeyRecords) -> ApiKeys:
    return ApiKeys(store, records)


def made(keys: ApiKeys) -> ApiKey:
    return keys.create("a key", ["read"], "PURR_API_KEY").key


def found(valkey: Valkey, *ids: str) -> list[ApiKey | None]:
    """What a process that has just started finds."""

    async def look_up() -> list[ApiKey | None]:
        lookups = KeyLookups(valkey.url)
        try:
            return [await lookups.find(key_id) for key_id in ids]
        finally:
            await lookups.close()

    return asyncio.run(look_up())


def test_a_key_is_found_as_it_was_made(
    keys: ApiKeys, records: KeyRecords, store: KeyStore, valkey: Valkey
) -> None:
    records.fill(store)
    key, token = keys.create("a key", ["read", "train"], "PURR_API_KEY", lasts_s=60)
    shown = shown_by(token)
    assert shown is not None
    assert (shown.id, shown.digest) == (key.id, key.digest)
    assert found(valkey, key.id, f"key_{32 * '0'}") == [key, None]
    assert store.get(key.id) == key


def test_nothing_is_believed_of_a_redis_that_was_not_filled(keys: ApiKeys, valkey: Valkey) -> None:
    key = made(keys)
    with pytest.raises(QueueUnavailable, match="told again"):
        found(valkey, key.id)


def test_a_redis_that_is_away_says_nothing_of_any_key() -> None:
    async def look_up() -> None:
        lookups = KeyLookups("unix:///nowhere.sock")
        for _ in range(2):
            with pytest.raises(QueueUnavailable, match="whether this key is still good"):
                await lookups.find(f"key_{32 * '1'}")
        await lookups.note_use(f"key_{32 * '1'}")  # is not worth a failure
        await lookups.close()

    asyncio.run(look_up())


def test_a_wiped_redis_knows_all_keys_again(
    keys: ApiKeys, records: KeyRecords, store: KeyStore, client: redis.Redis, valkey: Valkey
) -> None:
    kept, gone = made(keys), made(keys)
    keys.revoke(gone.id)
    client.flushall()
    records.fill(store)
    known = found(valkey, kept.id, gone.id)
    assert known == [kept, store.get(gone.id)]
    assert known[1] is not None
    assert known[1].revoked_ms is not None


def test_an_old_snapshot_brings_no_revoked_key_back(
    keys: ApiKeys, records: KeyRecords, store: KeyStore, client: redis.Redis, valkey: Valkey
) -> None:
    records.fill(store)
    key = made(keys)
    stale: Any = client.get(redis_key(key.id))
    keys.revoke(key.id)
    client.set(redis_key(key.id), stale)
    strange = f"key_{32 * '2'}"  # of which the store has nothing any more
    client.set(redis_key(strange), stale)
    client.sadd(KEYS, strange)
    client.set(FILLED, "the run id of the process before")
    with pytest.raises(QueueUnavailable):
        found(valkey, key.id)
    records.fill(store)
    assert found(valkey, key.id, strange) == [store.get(key.id), None]


def test_a_fill_that_has_read_a_key_before_it_was_revoked_changes_nothing(
    keys: ApiKeys, records: KeyRecords, store: KeyStore, valkey: Valkey
) -> None:
    records.fill(store)
    key = made(keys)
    keys.revoke(key.id)
    records.put(key)  # as it was read before
    assert found(valkey, key.id) == [store.get(key.id)]


def test_a_redis_that_is_wiped_while_it_is_filled_is_filled_again(
    keys: ApiKeys,
    records: KeyRecords,
    store: KeyStore,
    client: redis.Redis,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ids = {made(keys).id for _ in range(3)}
    put, times = records.put, iter(range(3))

    def wiping(key: ApiKey) -> None:
        put(key)
        if next(times) == 1:
            client.flushall()

    monkeypatch.setattr(records, "put", wiping)
    records.fill(store)
    assert not client.exists(FILLED)
    monkeypatch.setattr(records, "put", put)
    records.fill(store)
    assert client.exists(FILLED)
    assert client.smembers(KEYS) == ids


def test_a_full_disk_keeps_nobody_from_revoking(
    keys: ApiKeys,
    records: KeyRecords,
    store: KeyStore,
    valkey: Valkey,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    records.fill(store)
    key = made(keys)

    def full(_: ApiKey) -> None:
        raise StoreFull("full")

    with monkeypatch.context() as patched:
        patched.setattr(store, "keep", full)
        with pytest.raises(StoreFull):
            keys.revoke(key.id)
        with pytest.raises(StoreFull):
            made(keys)
    (known,) = found(valkey, key.id)
    assert known is not None
    assert known.revoked_ms is not None
    keys.revoke(key.id)  # asked again, it is for good
    assert store.get(key.id) == found(valkey, key.id)[0]


def test_a_redis_that_is_away_keeps_nobody_from_revoking_for_good(
    keys: ApiKeys, store: KeyStore, records: KeyRecords, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = made(keys)

    def away(_: ApiKey) -> None:
        raise QueueUnavailable("away")

    monkeypatch.setattr(records, "put", away)
    with pytest.raises(QueueUnavailable):
        keys.revoke(key.id)
    kept = store.get(key.id)
    assert kept is not None
    assert kept.revoked_ms is not None


def test_keys_that_ended_long_ago_are_forgotten(
    keys: ApiKeys, store: KeyStore, client: redis.Redis
) -> None:
    key, other = made(keys), made(keys)
    keys.revoke(key.id)
    revoked = store.get(key.id)
    assert revoked is not None
    assert revoked.revoked_ms is not None
    long_ago = revoked.revoked_ms - KEPT_MS - 1
    store.keep(replace(revoked, revoked_ms=long_ago))
    third = made(keys)
    assert [key.id for key in store.all()] == [third.id, other.id]
    assert client.smembers(KEYS) == {third.id, other.id}


def test_what_a_newer_release_has_kept_beside_is_left_out(keys: ApiKeys) -> None:
    key = made(keys)
    assert ApiKey.read({**key.kept(), "of_tomorrow": 1}) == key


def test_what_is_remembered_is_bounded() -> None:
    known: dict[str, Any] = {str(number): number for number in range(REMEMBERED + 5)}
    make_room(known)
    assert [*known] == [str(number) for number in range(6, REMEMBERED + 5)]

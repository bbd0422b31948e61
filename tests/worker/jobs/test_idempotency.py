"""Keys by which two requests are one: who gets a key, and for how long."""

import json

import pytest
import redis

from tests.worker.working import at_once
from worker.errors import IdempotencyConflict, QueueUnavailable
from worker.jobs.fill_mark import FILLED
from worker.jobs.idempotency import KEPT_S, Keys, digest, redis_key
from worker.jobs.record import new_id


def test_the_first_request_gets_its_own_id_and_the_next_ones_the_same(keys: Keys) -> None:
    first, second = new_id("job"), new_id("job")
    assert keys.reserve("a", {"epochs": 1}, first)[0] == first
    assert keys.reserve("a", {"epochs": 1}, second)[0] == first
    assert keys.reserve("b", {"epochs": 1}, second)[0] == second


def test_the_order_of_the_fields_is_no_difference(keys: Keys) -> None:
    first = new_id("job")
    keys.reserve("a", {"x": 1, "y": 2}, first)
    assert keys.reserve("a", {"y": 2, "x": 1}, new_id("job"))[0] == first


def test_a_key_with_another_request_is_a_conflict_that_names_the_first(keys: Keys) -> None:
    first = new_id("job")
    keys.reserve("a", {"epochs": 1}, first)
    with pytest.raises(IdempotencyConflict, match=first):
        keys.reserve("a", {"epochs": 2}, new_id("job"))


def test_a_key_is_kept_for_a_day_and_never_as_it_is(keys: Keys, client: redis.Redis) -> None:
    _, about = keys.reserve("secret-of-the-caller", {}, new_id("job"))
    held = redis_key(digest("secret-of-the-caller"))
    assert KEPT_S - 10 < client.ttl(held) <= KEPT_S
    assert "secret" not in json.dumps(about) + "".join(client.scan_iter())


def test_of_many_twins_one_is_the_first(keys: Keys) -> None:
    ids = [new_id("job") for _ in range(16)]
    found = at_once(*(lambda own=own: keys.reserve("a", {}, own)[0] for own in ids))
    assert len(set(found)) == 1
    assert found[0] in ids


def test_a_redis_that_has_forgotten_its_keys_gives_none_out(
    keys: Keys, client: redis.Redis
) -> None:
    client.flushall()
    with pytest.raises(QueueUnavailable, match="try again"):
        keys.reserve("a", {}, new_id("job"))


def test_a_redis_that_was_started_again_gives_none_out_before_somebody_has_looked(
    keys: Keys, client: redis.Redis
) -> None:
    client.set(FILLED, "the start before")
    with pytest.raises(QueueUnavailable, match="try again"):
        keys.reserve("a", {}, new_id("job"))


@pytest.mark.parametrize(("age_s", "left"), [(0, KEPT_S), (3600, KEPT_S - 3600), (KEPT_S + 1, -2)])
def test_a_key_that_comes_back_is_as_old_as_it_was(
    keys: Keys, client: redis.Redis, age_s: int, left: int
) -> None:
    _, about = keys.reserve("a", {}, new_id("job"))
    client.delete(redis_key(about["key"]))
    keys.restore(new_id("job"), about, age_s)
    assert left - 2 <= client.ttl(redis_key(about["key"])) <= left


def test_a_key_that_was_given_out_meanwhile_is_not_taken_back(keys: Keys) -> None:
    early, late = new_id("job"), new_id("job")
    _, about = keys.reserve("a", {}, late)
    keys.restore(early, about, 10)
    assert keys.reserve("a", {}, new_id("job"))[0] == late

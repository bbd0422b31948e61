"""What Redis has done is done once, though its answer was lost and the client asked again."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from service.launcher.valkey import Valkey
from worker.jobs.counters import COUNTERS
from worker.jobs.fill_mark import filling
from worker.jobs.idempotency import Keys
from worker.jobs.record import Record, State, new_id
from worker.jobs.transitions import Transitions, open_records


class Forgetful(redis.UnixDomainSocketConnection):
    """Loses the next answer to a command, whenever it is told to."""

    losing = ""
    asked = ""

    def send_command(self, *words: Any, **how: Any) -> None:
        self.asked = words[0]
        super().send_command(*words, **how)

    def read_response(self, *how: Any, **more: Any) -> Any:
        answer = super().read_response(*how, **more)
        if self.asked == Forgetful.losing:
            Forgetful.losing = ""
            self.disconnect()
            raise redis.ConnectionError("the answer is lost")
        return answer


SCRIPT = "EVALSHA"


@pytest.fixture
def forgetful(valkey: Valkey, client: redis.Redis) -> Iterator[redis.Redis]:
    pool = redis.ConnectionPool(
        connection_class=Forgetful,
        path=str(valkey.folder / "valkey.sock"),
        decode_responses=True,
        retry=Retry(NoBackoff(), 1),
    )
    yield redis.Redis(connection_pool=pool)
    pool.disconnect()


NOTES = {"progress": {"epoch": 1}}
SAID = [{"event": "progress", "data": {"epoch": 1}}]
SAYINGS: dict[str, Callable[[Transitions, Record], Record]] = {
    "renew": lambda jobs, mine: jobs.renew(mine, 10, NOTES, SAID),
    "publish": lambda jobs, mine: jobs.begin_publishing(mine, "cats", 0),
    "finish": lambda jobs, mine: jobs.finish(mine, State.SUCCEEDED, NOTES, SAID),
    "give back": lambda jobs, mine: jobs.give_back(mine, "preempted", NOTES, SAID),
    "lose": lambda jobs, mine: jobs.record_loss(mine, 3, "signal 9"),
    "cancel": lambda jobs, mine: jobs.cancel(mine.id),
    "pause": lambda jobs, mine: jobs.pause(mine.id),
    "stop": lambda jobs, mine: jobs.stop(mine.id),
}


def events(client: redis.Redis, job: str) -> list[dict[str, str]]:
    entries: Any = client.xrange(f"purr:job:{job}:events")
    return [entry for _, entry in entries]


@pytest.mark.parametrize("say", SAYINGS.values(), ids=SAYINGS)
def test_what_an_attempt_or_a_caller_says_is_done_once(
    jobs: Transitions,
    forgetful: redis.Redis,
    client: redis.Redis,
    say: Callable[[Transitions, Record], Record],
) -> None:
    twin, mine = (jobs.claim(jobs.create(new_id("job"), {}).id, "w", 10) for _ in range(2))
    expected, deaf = say(jobs, twin), open_records(forgetful)["job"]
    Forgetful.losing = SCRIPT
    found = say(deaf, mine)
    renewals = ("state", "attempt", "requested", "losses", "progress", "renewals")
    assert [getattr(found, n) for n in renewals] == [getattr(expected, n) for n in renewals]
    assert events(client, mine.id) == events(client, twin.id)
    assert Forgetful.losing == ""


@pytest.mark.parametrize("say", SAYINGS.values(), ids=SAYINGS)
def test_what_is_done_once_is_counted_once(
    jobs: Transitions,
    forgetful: redis.Redis,
    client: redis.Redis,
    say: Callable[[Transitions, Record], Record],
) -> None:
    deaf = open_records(forgetful)["job"]
    expected = counted(client, jobs, say)
    client.delete(COUNTERS)
    assert counted(client, deaf, say, losing=SCRIPT) == expected
    assert expected["job:attempts"] == expected["job:created"] == "1"


def counted(
    client: redis.Redis,
    jobs: Transitions,
    say: Callable[[Transitions, Record], Record],
    losing: str = "",
) -> dict[str, str]:
    """What is counted of one job, of which the answers to all that is said may get lost."""
    Forgetful.losing = losing
    job = jobs.create(new_id("job"), {}).id
    Forgetful.losing = losing
    mine = jobs.claim(job, "w", 10)
    Forgetful.losing = losing
    say(jobs, mine)
    assert Forgetful.losing == ""
    counts: Any = client.hgetall(COUNTERS)
    counts.pop("job:attempt_ms", None)
    return counts  # type: ignore[no-any-return]


def test_a_claim_is_made_once(jobs: Transitions, job: str, forgetful: redis.Redis) -> None:
    deaf = open_records(forgetful)["job"]
    Forgetful.losing = SCRIPT
    assert deaf.claim(job, "w", 10) == jobs.get(job)
    assert jobs.get(job).attempt == 1


@pytest.mark.parametrize("asking", ["resume", "stop"])
def test_a_paused_job_goes_on_once(
    jobs: Transitions, job: str, forgetful: redis.Redis, asking: str
) -> None:
    jobs.give_back(jobs.claim(job, "w", 10), "preempted")
    jobs.pause(job)
    deaf = open_records(forgetful)["job"]
    Forgetful.losing = SCRIPT
    assert getattr(deaf, asking)(job).state is State.QUEUED


def test_a_record_is_made_once(
    jobs: Transitions, forgetful: redis.Redis, client: redis.Redis
) -> None:
    job, deaf = new_id("job"), open_records(forgetful)["job"]
    Forgetful.losing = SCRIPT
    assert deaf.create(job, {"model": "cats"}) == jobs.get(job)
    assert len(events(client, job)) == 1


def test_a_key_that_was_reserved_is_this_requests(
    forgetful: redis.Redis, client: redis.Redis
) -> None:
    with filling(client):
        pass
    keys, job = Keys(forgetful), new_id("job")
    Forgetful.losing = "SET"
    assert keys.reserve("a", {}, job)[0] == job
    assert Forgetful.losing == ""

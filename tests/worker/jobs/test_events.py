import asyncio
from collections.abc import Awaitable, Callable

import pytest
import redis

from service.launcher.valkey import Valkey
from worker.errors import InvalidParameter, QueueUnavailable
from worker.jobs.events import (
    AT_A_TIME,
    BEGINNING,
    END,
    PAGE,
    EventId,
    EventLog,
    event_id,
    kept_event,
)
from worker.jobs.record import State, new_id
from worker.jobs.transitions import Transitions, open_records

Work = Callable[[EventLog], Awaitable[None]]


@pytest.fixture
def jobs(client: redis.Redis) -> Transitions:
    return open_records(client)["job"]


@pytest.fixture
def job(jobs: Transitions) -> str:
    return jobs.create(new_id("job"), {}).id


def on_a_log(url: str, work: Work) -> None:
    async def whole() -> None:
        log = EventLog(url)
        try:
            await work(log)
        finally:
            await log.close()

    asyncio.run(whole())


def test_ids_are_compared_by_their_numbers_and_written_as_they_came() -> None:
    assert event_id("9-10") > event_id("9-9") > event_id("8-0") > BEGINNING
    assert str(event_id("1795364200765-3")) == "1795364200765-3"
    assert event_id(str(END)) == END


@pytest.mark.parametrize("text", ["", "1", "1-", "a-1", "1-1\n", f"0-{2**64}", "+1-1"])
def test_what_is_no_id_is_refused(text: str) -> None:
    with pytest.raises(InvalidParameter, match="Expected the id of an event"):
        event_id(text)


def test_an_event_of_the_store_is_the_one_that_was_told(job: str, valkey: Valkey) -> None:
    async def work(log: EventLog) -> None:
        (renewals,) = await log.page(job, BEGINNING, END)
        data = {"state": "queued", "why": "submitted", "attempt": 0}
        assert kept_event({"id": str(renewals.id), "event": "state", "data": data}) == renewals

    on_a_log(valkey.url, work)


@pytest.mark.parametrize(("state", "final"), [("running", None), ("failed", "failed")])
def test_only_a_final_state_is_final(state: str, final: str | None) -> None:
    line = {"id": "1-0", "event": "state", "data": {"state": state}}
    assert kept_event(line).final == final
    assert kept_event({**line, "event": "finding"}).final is None


def test_pages_follow_on_each_other(jobs: Transitions, job: str, valkey: Valkey) -> None:
    mine = jobs.claim(job, "w", 10)
    jobs.renew(mine, 10, {}, [{"event": "progress", "data": {"n": n}} for n in range(PAGE)])

    async def work(log: EventLog) -> None:
        last = await log.last(job)
        assert last is not None
        first = await log.page(job, BEGINNING, last)
        rest = await log.page(job, first[-1].id, last)
        assert (len(first), len(rest)) == (PAGE, 2)
        assert rest[-1].id == last
        assert await log.page(job, last, END) == []
        assert [e.id for e in await log.page(job, BEGINNING, first[1].id)] == [
            first[0].id,
            first[1].id,
        ]

    on_a_log(valkey.url, work)


def test_news_are_those_of_every_job_behind_its_id(
    jobs: Transitions, job: str, valkey: Valkey
) -> None:
    other = jobs.create(new_id("job"), {}).id

    async def work(log: EventLog) -> None:
        seen = await log.last(job)
        assert seen is not None
        assert list(await log.news({job: seen, other: BEGINNING})) == [other]
        assert await log.news({job: seen}) == {}
        jobs.cancel(job)
        (renewals,) = (await log.news({job: seen}))[job]
        assert renewals.final == State.CANCELLED

    on_a_log(valkey.url, work)


def test_what_is_not_there_has_no_last_event(valkey: Valkey, client: redis.Redis) -> None:
    async def work(log: EventLog) -> None:
        nobody = new_id("job")
        assert await log.last(nobody) is None
        assert await log.page(nobody, BEGINNING, END) == []

    on_a_log(valkey.url, work)


def test_without_redis_every_question_says_so() -> None:
    async def work(log: EventLog) -> None:
        for asking in (
            log.last("x"),
            log.page("x", BEGINNING, END),
            log.news({"x": EventId(1, 0)}),
        ):
            with pytest.raises(QueueUnavailable):
                await asking

    on_a_log("unix:///nowhere.sock", work)


def test_who_is_cut_off_in_the_middle_of_a_question_takes_no_connection_along(
    job: str, valkey: Valkey, client: redis.Redis
) -> None:
    before = len(client.client_list())

    async def work(log: EventLog) -> None:
        for n in range(200):
            asking = asyncio.create_task(log.last(job))
            for _ in range(n % 7):
                await asyncio.sleep(0)
            for _ in range(3):  # as a cancel scope does: again and again
                asking.cancel()
                await asyncio.sleep(0)
        assert len(await log.page(job, BEGINNING, END)) == 1
        assert len(client.client_list()) - before <= AT_A_TIME

    on_a_log(valkey.url, work)


def test_a_question_that_fails_when_nobody_waits_is_forgotten(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def work(log: EventLog) -> None:
        asking = asyncio.create_task(log.last("x"))
        await asyncio.sleep(0)
        asking.cancel()
        await asyncio.sleep(0.1)

    on_a_log("unix:///nowhere.sock", work)
    assert not caplog.text

"""The broadcaster: who is told what, and who must go; without HTTP."""

import asyncio

import pytest
import redis

from service.launcher.valkey import Valkey
from service.streaming.broadcaster import Broadcaster, Subscriber, Topic
from tests.service.streaming.broadcaster_bench import fed, on_a_broadcaster, some
from tests.service.streaming.event_reader import ReceivedEvent
from tests.service.working_job import WorkingJob
from worker.errors import TooManyStreams
from worker.jobs.events import Event, EventId
from worker.jobs.transitions import open_records


def test_whoever_waits_is_woken_at_the_end(valkey: Valkey, working_job: WorkingJob) -> None:
    async def work(broadcaster: Broadcaster) -> None:
        async with fed(broadcaster, working_job) as stream:
            await some(stream, 2)
            asyncio.get_running_loop().call_later(0.1, broadcaster.end)
            assert [received.event async for received in stream] == ["reset"]

    on_a_broadcaster(valkey, work)


def test_whoever_does_not_take_what_is_new_is_sent_away(
    valkey: Valkey, working_job: WorkingJob
) -> None:
    async def work(broadcaster: Broadcaster) -> None:
        async with fed(broadcaster, working_job) as slow, fed(broadcaster, working_job) as quick:
            *_, last = await some(slow, 2)
            await some(quick, 2)
            for epoch in range(5):
                working_job.tell({"epoch": epoch})
                assert (await anext(quick)).data == {"epoch": epoch}
            assert [received async for received in slow] == [
                ReceivedEvent("reset", {"after": last.id}, None)
            ]

    on_a_broadcaster(valkey, work, queue_size=4)


def test_a_stream_that_is_added_is_read_though_the_reader_waits(
    valkey: Valkey, client: redis.Redis, working_job: WorkingJob
) -> None:
    other = WorkingJob(open_records(client)["job"])

    async def work(broadcaster: Broadcaster) -> None:
        clock = asyncio.get_running_loop().time
        async with fed(broadcaster, working_job) as silent:
            await some(silent, 2)
            await asyncio.sleep(0.05)  # the reader waits by now
            async with fed(broadcaster, other) as stream:
                await some(stream, 2)
                began = clock()
                other.tell({"epoch": 1})
                await anext(stream)
        assert clock() - began < 0.4

    on_a_broadcaster(valkey, work)


def test_an_answer_that_comes_late_is_told_from_where_the_listeners_joined() -> None:
    topic, subscriber = Topic(EventId(5, 0)), Subscriber("x")
    topic.subscribers.add(subscriber)
    topic.tell([Event(EventId(ms, 0), "progress", "{}") for ms in (4, 5, 6, 7)])

    told = asyncio.run(subscriber.next_messages())
    assert [message.id for message in told] == [EventId(6, 0), EventId(7, 0)]


def test_who_takes_what_comes_is_not_sent_away_however_much_comes_at_once(
    valkey: Valkey, working_job: WorkingJob
) -> None:
    async def work(broadcaster: Broadcaster) -> None:
        async with fed(broadcaster, working_job) as stream:
            await some(stream, 2)
            working_job.tell(*({"epoch": epoch} for epoch in range(1000)))
            received = await some(stream, 1000)
        assert [each.data["epoch"] for each in received] == [*range(1000)]

    on_a_broadcaster(valkey, work)


def test_a_place_is_free_again_whatever_becomes_of_its_client(
    valkey: Valkey, working_job: WorkingJob
) -> None:
    async def work(broadcaster: Broadcaster) -> None:
        async def cut() -> None:
            async with fed(broadcaster, working_job) as stream:
                async for _ in stream:
                    raise ConnectionError

        for _ in range(3):
            with pytest.raises(ConnectionError):
                await cut()
        async with fed(broadcaster, working_job), fed(broadcaster, working_job):
            with pytest.raises(TooManyStreams):
                await cut()
        with pytest.raises(ConnectionError):
            await cut()

    on_a_broadcaster(valkey, work, max_streams=2)


def test_one_event_that_cannot_be_read_does_not_stop_the_reader(
    valkey: Valkey, client: redis.Redis, working_job: WorkingJob
) -> None:
    strange = WorkingJob(open_records(client)["job"])

    async def work(broadcaster: Broadcaster) -> None:
        async with fed(broadcaster, working_job) as stream:
            await some(stream, 2)
            async with broadcaster.subscribed(strange.id):
                client.xadd(f"purr:job:{strange.id}:events", {"no": "event"})
                await asyncio.sleep(0.3)
            working_job.tell({"epoch": 1})
            assert (await anext(stream)).data == {"epoch": 1}

    on_a_broadcaster(valkey, work)

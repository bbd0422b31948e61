"""Questions to a worker, of which nothing is left."""

import redis

from worker.jobs.messages import queue
from worker.jobs.questions import KEPT_S, QUESTION, Questions
from worker.jobs.queue import JobQueue
from worker.jobs.record import new_id
from worker.jsontypes import Json

BODY = {"spec": {"epochs": 2}, "seconds": 1.5}


def test_a_question_is_taken_once_and_answered_bit_by_bit(client: redis.Redis) -> None:
    questions, question = Questions(client), new_id(QUESTION)
    questions.ask(question, BODY)
    assert questions.told(question) is None
    assert [questions.take(question), questions.take(question)] == [BODY, None]
    told: list[Json] = [{"phases": {}}, {"phases": {"training": 2.5}, "ended": True}]
    for found in told:
        questions.tell(question, found)
        assert questions.told(question) == found


def test_it_is_known_for_how_long_a_question_waits(client: redis.Redis) -> None:
    questions, question = Questions(client), new_id(QUESTION)
    assert questions.waiting_s(question) == 0
    questions.ask(question, BODY)
    client.pexpire(f"purr:estimate:{question}", 1000 * KEPT_S - 400)
    assert 0.4 <= questions.waiting_s(question) < 2


def test_whatever_is_kept_of_a_question_ends(client: redis.Redis) -> None:
    questions, question = Questions(client), new_id(QUESTION)
    questions.ask(question, BODY)
    questions.tell(question, {})
    keys = [*client.scan_iter("purr:*")]
    assert len(keys) == 2
    assert all(0 < client.ttl(key) <= KEPT_S for key in keys)
    questions.forget(question)
    assert [*client.scan_iter("purr:*")] == []


def test_one_at_a_time_asks(client: redis.Redis) -> None:
    questions = Questions(client)
    with questions.alone() as first, questions.alone() as second:
        assert (first, second) == (True, False)
    with questions.alone() as third:  # who was refused has not ended the turn of another
        assert third


def test_who_loses_the_turn_meanwhile_ends_no_other(client: redis.Redis) -> None:
    questions = Questions(client)
    with questions.alone():
        client.delete("purr:estimating")  # it has lapsed
        with questions.alone() as later:
            assert later
            assert client.exists("purr:estimating")


def test_a_message_that_nobody_took_is_taken_back(raw: redis.Redis) -> None:
    job_queue, question = JobQueue(raw), new_id(QUESTION)
    with job_queue.asked(question, "train"):
        [message] = queue("train", raw).job_ids
        assert message.startswith(question)
    assert queue("train", raw).job_ids == []
    assert not raw.exists(f"rq:job:{message}")


def test_a_message_that_a_worker_has_is_left_to_it(raw: redis.Redis) -> None:
    job_queue, question = JobQueue(raw), new_id(QUESTION)
    with job_queue.asked(question, "train"):
        [message] = queue("train", raw).job_ids
        raw.lmove("rq:queue:train", "rq:queue:train:intermediate")
    assert raw.exists(f"rq:job:{message}")

"""What webhooks say, how they are signed, and when they are tried again."""

import base64
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.webhooks.answer import DAY_S, DELAYS_S, Answer, again, outcome_of, seconds_of
from service.webhooks.message import keys_of, payload, signature
from worker.jobs.outbox import DeliveryState
from worker.jobs.record import Record, State

# The one that the libraries of Standard Webhooks are tested with.
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
VECTOR = ("msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="

ENDED = datetime(2026, 11, 22, 12, 1, 25, 298_000, UTC)
SCORES = {"rows": 9, "loss": 0.25, "accuracy": 0.905, "confusion": [[95, 5], [14, 86]]}
JOB = Record(
    id="job_" + "1" * 32,
    state=State.SUCCEEDED,
    body={"dataset": "ds_" + "2" * 32, "model": "cats", "webhook": "https://secret.example/token"},
    version=3,
    result={"train": SCORES, "validation": None, "test": SCORES, "temperature": None},
    finished_at=ENDED,
)


def secret_of(size: int) -> str:
    return "whsec_" + base64.b64encode(bytes(size)).decode()


# Signing


def test_a_signature_is_what_the_libraries_expect() -> None:
    assert signature(keys_of(SECRET), *VECTOR) == SIGNATURE


def test_while_secrets_change_there_is_a_signature_with_each() -> None:
    old, new = SECRET, secret_of(32)
    both = signature(keys_of(f"{new} {old}"), *VECTOR).split(" ")
    assert both == [signature(keys_of(new), *VECTOR), SIGNATURE]


def test_every_part_is_signed() -> None:
    message_id, timestamp, body = VECTOR
    keys = keys_of(SECRET)
    assert signature(keys, message_id + "x", timestamp, body) != SIGNATURE
    assert signature(keys, message_id, timestamp + 1, body) != SIGNATURE
    assert signature(keys, message_id, timestamp, body + b" ") != SIGNATURE


@pytest.mark.parametrize("size", [24, 64])
def test_a_secret_has_from_24_to_64_bytes(size: int) -> None:
    assert keys_of(secret_of(size)) == [bytes(size)]


@pytest.mark.parametrize(
    "secret",
    ["", " ", "whsec_", secret_of(23), secret_of(65), secret_of(32)[6:], SECRET.upper(),
     "whsec_" + "!" * 44, SECRET[:-1], f"{SECRET} x", f"{SECRET},{SECRET}", "whpk_" + SECRET[6:],
     "whsec_ключключключключключключключ"],
)  # fmt: skip
def test_what_is_no_secret_is_refused_and_not_repeated(secret: str) -> None:
    with pytest.raises(ValueError, match="Expected `whsec_`") as refused:
        keys_of(secret)
    assert len(secret) < 8 or secret not in str(refused.value)


# The payload


def test_a_job_that_succeeded_is_told_with_its_model_and_scores() -> None:
    assert json.loads(payload(JOB, "job.succeeded")) == {
        "type": "job.succeeded",
        "timestamp": "2026-11-22T12:01:25.298000Z",
        "data": {
            "id": JOB.id,
            "state": "succeeded",
            "dataset": JOB.body["dataset"],
            "model": {"name": "cats", "version": 3},
            "result": {
                "train": {"loss": 0.25, "accuracy": 0.905},
                "test": {"loss": 0.25, "accuracy": 0.905},
            },
            "problem": None,
        },
    }


@pytest.mark.parametrize("state", [State.FAILED, State.CANCELLED])
def test_a_job_that_did_not_has_no_model(state: State) -> None:
    record = replace(JOB, state=state, result=None)
    data = json.loads(payload(record, f"job.{state}"))["data"]
    assert (data["state"], data["model"], data["result"]) == (state, None, None)


def test_the_longest_problem_makes_a_small_message() -> None:
    problem = {"code": "internal_error", "detail": "\N{CAT FACE}\x00" * 100_000}
    body = payload(replace(JOB, state=State.FAILED, problem=problem), "job.failed")
    assert len(body) < 20_000
    assert json.loads(body)["data"]["problem"]["code"] == "internal_error"


def test_every_try_sends_the_same_bytes_and_none_of_the_address() -> None:
    assert payload(JOB, "job.succeeded") == payload(replace(JOB), "job.succeeded")
    assert b"secret.example" not in payload(JOB, "job.succeeded")


# The next try


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_every_2xx_is_a_success(status: int) -> None:
    outcome = outcome_of(1, Answer(status))
    assert (outcome.state, outcome.status, outcome.error) == ("delivered", status, None)


@pytest.mark.parametrize("status", [101, 301, 302, 307, 400, 401, 404, 429, 500, 502, 504])
def test_everything_else_is_tried_again(status: int) -> None:
    outcome = outcome_of(1, Answer(status))
    assert (outcome.state, outcome.status) == ("pending", status)
    assert str(status) in (outcome.error or "")


def test_a_receiver_that_wants_no_more_gets_no_more() -> None:
    assert outcome_of(1, Answer(410, "60")).state is DeliveryState.GONE


@pytest.mark.parametrize("tries", range(1, 10))
def test_the_time_between_tries_grows(tries: int) -> None:
    outcome = again(tries, "It did not work.")
    assert outcome.state is DeliveryState.PENDING
    assert DELAYS_S[tries] <= outcome.delay_s <= 1.1 * DELAYS_S[tries]
    assert DELAYS_S[tries] > DELAYS_S[tries - 1]


def test_the_tenth_try_is_the_last_one() -> None:
    assert again(10, "It did not work.").state is DeliveryState.FAILED
    assert sum(DELAYS_S) == timedelta(hours=75, minutes=35, seconds=5).total_seconds()


def test_those_that_failed_together_do_not_come_back_together() -> None:
    assert len({again(3, "").delay_s for _ in range(20)}) > 1


def test_a_receiver_may_ask_for_more_time_and_not_for_less() -> None:
    assert outcome_of(1, Answer(429, "600")).delay_s >= 600
    assert outcome_of(4, Answer(429, "600")).delay_s >= DELAYS_S[4]


@pytest.mark.parametrize(
    ("retry_after", "seconds"),
    [("", 0), ("0", 0), ("120", 120), ("86400", DAY_S), ("1" * 5_000, DAY_S), ("-5", 0),
     ("soon", 0), ("1.5", 0), ("²", 0), ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
     ("Fri, 31 Dec 9999 23:59:59 GMT", DAY_S), ("Mon, 01 Jan 99999 00:00:00 GMT", 0),
     (f"Wed, 21 Oct 26 07:28:00 +{'1' * 20}", 0)],
)  # fmt: skip
def test_retry_after_is_believed_up_to_a_day(retry_after: str, seconds: float) -> None:
    assert seconds_of(retry_after) == seconds


@pytest.mark.parametrize("zone", [UTC, None])
def test_retry_after_may_be_a_date(zone: object) -> None:
    moment = datetime.now(UTC) + timedelta(hours=1)
    text = format_datetime(moment if zone else moment.replace(tzinfo=None))
    assert 3_590 < seconds_of(text) <= 3_600


@given(st.text(max_size=60))
def test_no_retry_after_does_harm(text: str) -> None:
    assert 0 <= seconds_of(text) <= DAY_S

"""Whether and when a webhook is tried again, by the receiver's answer or its failure."""

import secrets
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import NamedTuple

from worker.jobs.outbox import DeliveryState, Outcome

DAY_S = 86_400.0
# Before the first try, the second and so on, as Standard Webhooks proposes; three days in all.
DELAYS_S = (0, 5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, DAY_S)
JITTER = 0.1  # so that webhooks which failed together are not all tried again together

chance = secrets.SystemRandom()


class Answer(NamedTuple):
    """What a receiver said."""

    status: int
    retry_after: str = ""


def outcome_of(tries: int, answer: Answer) -> Outcome:
    """Returns what a receiver's answer to the try of this number means."""
    if 200 <= answer.status < 300:
        return Outcome(DeliveryState.DELIVERED, answer.status)
    if answer.status == 410:
        return Outcome(DeliveryState.GONE, 410, "The receiver wants no more of these.")
    error = f"Expected a status from 200 to 299, got {answer.status}."
    return again(tries, error, answer.status, seconds_of(answer.retry_after))


def again(tries: int, error: str, status: int | None = None, at_least_s: float = 0) -> Outcome:
    """Pending until the next try, or failed when that was the last one."""
    if tries >= len(DELAYS_S):
        return Outcome(DeliveryState.FAILED, status, error)
    delay_s = max(DELAYS_S[tries], at_least_s) * chance.uniform(1, 1 + JITTER)
    return Outcome(DeliveryState.PENDING, status, error, delay_s)


def seconds_of(retry_after: str) -> float:
    """The seconds that `Retry-After` asks for, a day at most (RFC 9110, 10.2.3)."""
    if retry_after.isascii() and retry_after.isdigit():
        return min(float(retry_after), DAY_S)
    try:
        until = parsedate_to_datetime(retry_after)
    except (ValueError, OverflowError):
        return 0.0
    left = until.replace(tzinfo=until.tzinfo or UTC) - datetime.now(UTC)
    return min(max(left.total_seconds(), 0.0), DAY_S)

"""Times by cron, where clocks are changed too."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from worker.spec.cron import MOST_COUNTED, last_time, next_time

BERLIN = "Europe/Berlin"
DAY = 86_400_000


def ms(text: str, fold: int = 0) -> int:
    at = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(BERLIN), fold=fold)
    return int(at.timestamp()) * 1000


@pytest.mark.parametrize(
    ("line", "after", "expected"),
    [
        ("0 3 * * *", ms("2026-03-28T12:00"), ms("2026-03-29T03:00")),
        # 2:30 is left out in that night, and comes when clocks go on.
        ("30 2 * * *", ms("2026-03-28T12:00"), ms("2026-03-29T03:00")),
        ("30 2 * * *", ms("2026-10-24T12:00"), ms("2026-10-25T02:30", fold=0)),
        # It comes once in the night in which clocks show it twice.
        ("30 2 * * *", ms("2026-10-25T02:30", fold=0), ms("2026-10-26T02:30")),
        ("30 2 * * *", ms("2026-10-25T02:10", fold=1), ms("2026-10-26T02:30")),
        ("*/15 * * * *", ms("2026-10-25T02:50", fold=0), ms("2026-10-25T02:00", fold=1)),
        ("0 0 29 2 *", ms("2026-01-01T00:00"), ms("2028-02-29T00:00")),
        ("0 9 * * MON", ms("2026-11-30T09:00"), ms("2026-12-07T09:00")),
    ],
)
def test_the_next_time(line: str, after: int, expected: int) -> None:
    assert next_time(line, BERLIN, after) == expected


def test_the_last_time_of_a_few() -> None:
    three = ms("2026-11-30T03:00")
    assert last_time("0 3 * * *", BERLIN, three - 3 * DAY, three) == (three, 3)
    assert last_time("0 3 * * *", BERLIN, three, three + DAY - 1) is None


def test_the_last_time_of_very_many_is_found_without_counting_them() -> None:
    now = ms("2026-11-30T03:07")
    found = last_time("*/5 * * * *", BERLIN, now - 3650 * DAY, now)
    assert found == (ms("2026-11-30T03:05"), MOST_COUNTED)


def test_of_clusters_far_apart_the_last_is_found_too() -> None:
    # 1,000 minutes of the years before, none of this one yet.
    now = ms("2026-11-30T00:00")
    found = last_time("* * 24 12 *", BERLIN, ms("2024-01-01T00:00"), now)
    assert found == (ms("2025-12-24T23:59"), MOST_COUNTED)

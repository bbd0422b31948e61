"""Times by cron: which lines and time zones there are, and when their times come."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice, takewhile
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

CRON_LENGTH = 100  # characters
FIELDS = ("minute", "hour", "day of the month", "month", "day of the week")
YEAR_2000 = datetime(2000, 1, 1, tzinfo=UTC)
MOST_COUNTED = 1_000  # times of which it matters how many there were


def check_cron(line: str) -> None:
    """Check that a line of cron names times that come.

    Raises:
        ValueError: it has other than five fields, one of them is none, or no such time comes.
    """
    if (count := len(line.split())) != len(FIELDS):
        raise ValueError(
            f"expected {len(FIELDS)} fields, {', '.join(FIELDS)}, got {count} in {line!r:.60}; "
            '"0 3 * * *" is every night at 3'
        )
    try:
        next(CronSim(line, YEAR_2000))
    except CronSimError as error:
        raise ValueError(
            f"expected {', '.join(FIELDS)} as cron has them, got {line!r:.60}: {error}; "
            '"0 3 * * *" is every night at 3'
        ) from error
    except StopIteration as error:
        raise ValueError(
            f"expected a time that comes, got {line!r:.60}, which never does; look at the day and "
            "the month"
        ) from error


def check_time_zone(name: str) -> None:
    """Raises ValueError if no time zone has this name."""
    try:
        ZoneInfo(name)
    except (OSError, ValueError, KeyError) as error:  # of names that are paths or folders, too
        raise ValueError(
            f'expected the name of a time zone, such as "UTC" or "Europe/Berlin", got {name!r:.60}'
        ) from error


def next_time(line: str, time_zone: str, after_ms: int) -> int:
    """Returns the first time after this one, in milliseconds since 1970."""
    return next(_times(line, time_zone, after_ms))


def last_time(line: str, time_zone: str, after_ms: int, until_ms: int) -> tuple[int, int] | None:
    """Returns the last time after the one and until the other, in milliseconds since 1970, and how
    many there are, at most MOST_COUNTED; None where there is none."""
    found = _between(line, time_zone, after_ms, until_ms)
    if not found:
        return None
    if len(found) < MOST_COUNTED:
        return found[-1], len(found)
    # So many that the last of them is looked for from the other end.
    latest, window_ms = list[int](), 60_000
    while not latest:
        latest = _between(line, time_zone, until_ms - window_ms, until_ms)
        window_ms *= 2
    while more := _between(line, time_zone, latest[-1], until_ms):
        latest = more
    return latest[-1], MOST_COUNTED


def _between(line: str, time_zone: str, after_ms: int, until_ms: int) -> list[int]:
    """The first MOST_COUNTED times."""
    some = islice(_times(line, time_zone, after_ms), MOST_COUNTED)
    return [*takewhile(lambda at_ms: at_ms <= until_ms, some)]


def _times(line: str, time_zone: str, after_ms: int) -> Iterator[int]:
    after = datetime.fromtimestamp(after_ms / 1000, ZoneInfo(time_zone))
    for each in CronSim(line, after):
        # Within an hour that clocks show twice, a time is that of the first: it may be over.
        if (at_ms := int(each.timestamp()) * 1000) > after_ms:
            yield at_ms

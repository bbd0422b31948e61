"""How far an import is: what is counted, and how a sealed process reports it to its parent."""

import struct
import time
from collections.abc import Callable
from typing import Literal, TypeAlias, get_args

# In this order, of which some may be left out:
# reading     the files are opened, and looked through for what is in them
# measuring   the rows are gone over for what must be known before the first one is converted
# converting  pictures are decoded, or rows read, and written as arrays
# checking    the arrays are looked through for what a person would want to know
# publishing  the arrays are made durable, under their digest
Phase: TypeAlias = Literal["reading", "measuring", "converting", "checking", "publishing"]
PHASES: tuple[Phase, ...] = get_args(Phase)

# Called with the phase, how many rows of it are done, and how many there are, if that is known.
Tell: TypeAlias = Callable[[Phase, int, int | None], None]
Seen: TypeAlias = Callable[[int], None]  # called with how many rows more are done

REPORT = struct.Struct("<BQQ")  # the phase by its place, what is done, and of how much; 0: unknown
REPORT_S = 0.2  # between two reports of one phase, at least
MOST = 2**53  # rows that are believed; JSON has no larger whole numbers for certain


def untold(phase: Phase, done: int, total: int | None) -> None:
    """Tell nobody."""


def counting(tell: Tell, phase: Phase, total: int | None = None) -> Seen:
    """Returns what counts the rows of a phase, which begins now."""
    done = 0

    def seen(rows: int) -> None:
        nonlocal done
        done += rows
        tell(phase, done, total)

    seen(0)
    return seen


def reporting(send: Callable[[bytes], None]) -> Tell:
    """Returns what sends reports: of the begin of a phase, of its end if its total is known, and in
    between one at most every REPORT_S seconds, however often it is called. Rows that are read again
    are no news."""
    last: tuple[Phase | None, int, float] = None, 0, 0.0

    def tell(phase: Phase, done: int, total: int | None) -> None:
        nonlocal last
        now = time.monotonic()
        soon = now - last[2] < REPORT_S and done != total
        if phase == last[0] and (soon or done < last[1]):
            return
        last = phase, done, now
        send(REPORT.pack(PHASES.index(phase), done, total or 0))

    return tell


def hearing(tell: Tell) -> Callable[[bytes], None]:
    """Returns what takes the reports that a process has sent, and tells the last of them. Nobody
    trusts the process: what is no report is passed over."""

    def hear(reports: bytes) -> None:
        if not reports or len(reports) % REPORT.size:
            return
        place, done, total = REPORT.unpack(reports[-REPORT.size :])
        if place < len(PHASES) and done <= (total or MOST) <= MOST:
            tell(PHASES[place], done, total or None)

    return hear

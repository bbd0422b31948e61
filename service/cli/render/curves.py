"""Curves of several jobs in a terminal, a letter for each."""

from collections.abc import Iterator, Sequence
from math import log

from service.cli.render.words import figure
from worker.findings.letters import LETTERS

HEIGHT = 12  # lines
LABEL = 10  # characters for the numbers at the left
SEVERAL = "*"
FAR = 100  # times the lowest number: from there on, lines stand for equal ratios

Curve = Sequence[float | None]


def drawn(curves: Sequence[Curve], width: int) -> Iterator[str]:
    """Returns the lines of a drawing, the first curve of which is A; none if there is nothing.

    Args:
        curves: numbers at the same places, None where there is none.
        width: how many characters fit into a line.
    """
    known = [value for curve in curves for value in curve if value is not None]
    if not known:
        return
    low, high = min(known), max(known)
    columns = max(1, min(len(curves[0]), width - LABEL - 2))
    places = [at * (len(curves[0]) - 1) // max(1, columns - 1) for at in range(columns)]
    cells = [[" "] * columns for _ in range(HEIGHT)]
    for letter, curve in zip(LETTERS, curves, strict=False):
        for column, place in enumerate(places):
            if (value := curve[place]) is not None:
                line = cells[line_of(value, low, high)]
                line[column] = letter if line[column] == " " else SEVERAL
    for number, line in enumerate(cells):
        label = {0: figure(high), HEIGHT - 1: figure(low)}.get(number, "")
        yield f"{label:>{LABEL}} │{''.join(line)}".rstrip()
    yield f"{'':{LABEL}} └{'─' * columns}"


def line_of(value: float, low: float, high: float) -> int:
    """Which line a number is drawn in, from 0 at the top."""
    if high > FAR * low > 0:
        value, low, high = log(value), log(low), log(high)
    share = (high - value) / (high - low) if high > low else 1
    return round(share * (HEIGHT - 1))

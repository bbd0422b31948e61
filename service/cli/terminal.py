"""What `purr` writes: results to stdout; progress and complaints to stderr."""

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import chain, islice
from typing import TypeAlias

from rich.console import Console, Group
from rich.live import Live
from rich.pager import SystemPager
from rich.progress import BarColumn, Progress, TextColumn
from rich.table import Column, Table
from rich.text import Text

Show: TypeAlias = Callable[[float, str], None]  # percent done, and a note beside it

ShowRows: TypeAlias = Callable[[float, str, Iterable[Sequence[object]]], None]
ShowWatched: TypeAlias = Callable[[Iterable[Sequence[object]], str], None]

STATES = {
    "succeeded": "green", "ready": "green",
    "running": "cyan", "importing": "cyan",
    "failed": "red", "rejected": "red",
    "cancelled": "yellow",
}  # fmt: skip

# What is folded in a pipe or a file cannot be searched.
PIPE_WIDTH = 10_000
ROOM = 4  # lines of a terminal that a table leaves free
LINES = 5  # of progress, where there is no terminal to draw a bar on


def say(text: str) -> None:
    _console().print(_printable(text))


def remark(text: str) -> None:
    """Say what is not a result, so that it stays out of a pipe."""
    _console(stderr=True).print(_printable(text))


def complain(text: str) -> None:
    _console(stderr=True).print(_printable(text), style="red")


def say_styled(text: Text) -> None:
    """Say a line with colours."""
    _console().print(text, soft_wrap=True)


def paints() -> bool:
    """Whether there is a terminal with colours enough for a picture."""
    console = _console()
    colours = console.is_terminal and console.color_system in ("256", "truecolor")
    return colours and not console.no_color and console.encoding.startswith("utf")


def say_raw(body: bytes) -> None:
    """Exactly what the API said, and the end of the line."""
    say_pieces([body])


def say_pieces(pieces: Iterable[bytes]) -> None:
    """The same for what comes piece by piece, each of them at once."""
    last = say_bytes(pieces)
    say_bytes([] if last.endswith(b"\n") else [b"\n"])


def say_bytes(pieces: Iterable[bytes]) -> bytes:
    """What need not be text, piece by piece; the last of them is the answer."""
    sys.stdout.flush()
    piece = b""
    for piece in pieces:
        sys.stdout.buffer.write(piece)
    sys.stdout.buffer.flush()
    return piece


def say_table(
    columns: Sequence[str], rows: Iterable[Sequence[object]], numbers: bool = False
) -> None:
    """A table; with `numbers`, all columns but the first end at the right."""
    _print(_table(columns, rows, numbers))


def width() -> int:
    """How many characters fit into a line."""
    return _console().width


def say_rows(columns: Mapping[str, int], rows: Iterable[Sequence[object]]) -> None:
    """A table of any length: its rows are written as they come, in columns of these widths."""

    def line(cells: Iterable[str]) -> str:
        return "  ".join(map(str.ljust, cells, columns.values())).rstrip()

    coming = iter(rows)
    first = list(islice(coming, 1))  # where there is no answer, no table begins
    _console().print(line(columns), style="bold", soft_wrap=True)
    for row in chain(first, coming):
        sys.stdout.write(line(map(_cell, row)) + "\n")
    sys.stdout.flush()


def say_fields(fields: Iterable[tuple[str, object]]) -> None:
    """A line for each name and value; what is None is left out."""
    table = Table.grid(padding=(0, 2))
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in fields:
        if value is not None:
            table.add_row(name, _cell(value))
    _print(table)


def say_paged(lines: Iterable[str]) -> None:
    """More lines than fit: on a terminal by the user's pager."""
    text = "".join(f"{_printable(line)}\n" for line in lines)
    if _console().is_terminal:
        SystemPager().show(text)
    else:
        sys.stdout.write(text)
        sys.stdout.flush()


@contextmanager
def progress_bar(title: str) -> Iterator[Show]:
    """Something to tell of progress: a bar on a terminal, elsewhere a few plain lines."""
    console = _console(stderr=True)
    if not console.is_interactive:
        yield _lines(console, title)
        return
    columns = (
        TextColumn("{task.description}", markup=False),
        # Narrow enough for a terminal of 80 columns; where there is less, the note is cut.
        BarColumn(bar_width=12, table_column=Column(min_width=12)),
        TextColumn("{task.percentage:>3.0f} %"),
        TextColumn("{task.fields[note]}", markup=False, table_column=Column(no_wrap=True)),
    )
    with Progress(*columns, console=console) as progress:
        task = progress.add_task(_printable(title), total=100, note="")
        yield lambda percent, note: progress.update(task, completed=percent, note=_printable(note))


@contextmanager
def live_table(title: str, columns: Sequence[str]) -> Iterator[ShowRows]:
    """Something to tell of progress that is a table: on a terminal it is drawn again and again,
    elsewhere a few plain lines say how far it is."""
    console = _console(stderr=True)
    if not console.is_interactive:
        lines = _lines(console, title)
        yield lambda percent, note, rows: lines(percent, note)
        return
    with Live(console=console, transient=True, auto_refresh=False) as live:

        def show(percent: float, note: str, rows: Iterable[Sequence[object]]) -> None:
            below = f"{title}: {percent:.0f} %  {note}"
            live.update(_drawn(console, columns, rows, below), refresh=True)

        yield show


def watches() -> bool:
    """Whether there is a terminal on which something may be drawn again and again."""
    return _console().is_interactive


@contextmanager
def watched_table(columns: Sequence[str]) -> Iterator[ShowWatched]:
    """A table that is drawn again and again, with a line below it, and stays when it is left."""
    console = _console()
    with Live(console=console, auto_refresh=False) as live:
        yield lambda rows, below: live.update(_drawn(console, columns, rows, below), refresh=True)


def _drawn(
    console: Console, columns: Sequence[str], rows: Iterable[Sequence[object]], below: str
) -> Group:
    """As much of a table as fits on a terminal."""
    fitting = islice(rows, max(1, console.height - ROOM))
    return Group(_table(columns, fitting, wraps=False), Text(_printable(below)))


def _print(table: Table) -> None:
    console = _console()
    with console.capture() as capture:
        console.print(table)
    # The columns are padded up to the last; nobody wants that in a file.
    for line in capture.get().splitlines():
        sys.stdout.write(line.rstrip() + "\n")
    sys.stdout.flush()


def _table(
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
    numbers: bool = False,
    wraps: bool = True,
) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for place, column in enumerate(columns):
        right = numbers and place > 0
        table.add_column(
            _printable(column), justify="right" if right else "left", no_wrap=not wraps
        )
    for row in rows:
        cells = [_cell(value) for value in row]
        table.add_row(*cells, style=next((STATES[c] for c in cells if c in STATES), ""))
    return table


def _lines(console: Console, title: str) -> Show:
    told = -1

    def show(percent: float, note: str) -> None:
        nonlocal told
        step = int(percent * LINES / 100)
        if step != told:
            told = step
            console.print(_printable(f"{title}: {percent:.0f} %  {note}".rstrip()))

    return show


def _console(stderr: bool = False) -> Console:
    # No markup and no emoji codes: a class that somebody named "[red]" prints as such.
    console = Console(stderr=stderr, markup=False, emoji=False, highlight=False)
    if not console.is_terminal:
        console.width = PIPE_WIDTH
    return console


def _cell(value: object) -> str:
    return "–" if value is None else _printable(str(value))


def _printable(text: str) -> str:
    """The text without the control codes that somebody may have hidden in a name."""
    return "".join(c if c.isprintable() or c == "\n" else "\N{REPLACEMENT CHARACTER}" for c in text)

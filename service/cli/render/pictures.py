"""Pictures in a terminal: a character shows two pixels, its upper half in one colour on another."""

from collections.abc import Sequence
from itertools import zip_longest

from rich.cells import set_cell_size
from rich.color import Color
from rich.style import Style
from rich.text import Text

from service.cli.terminal import say, say_styled, width

UPPER = "▀"
GAP = 2  # characters between pictures
LEAST, SIDE = 18, 32  # characters of a picture across, and so its pixels
MOST = 6  # pictures side by side

Pixels = Sequence[tuple[int, int, int]]


def fitting() -> int:
    """Returns how many pictures there is room for."""
    return max(1, min(MOST, (width() + GAP) // (LEAST + GAP)))


def show_pictures(named: Sequence[tuple[str, bytes]]) -> None:
    """Pictures of one size side by side, each under its name.

    Args:
        named: names, each with a PNG; no more than are `fitting`.
    """
    # Imported here because it loads Pillow, for which the other commands need not wait.
    from worker.data.pictures.png import colours

    side = min(SIDE, (width() + GAP) // max(1, len(named)) - GAP)
    pictures = [colours(png, side) for _, png in named]
    across = [len(picture[0]) for picture in pictures]
    say("")
    names = (set_cell_size(name, n) for (name, _), n in zip(named, across, strict=True))
    say((" " * GAP).join(names).rstrip())
    for top in range(0, max(map(len, pictures), default=0), 2):
        lines = (_line(*picture[top : top + 2]) for picture in pictures)
        say_styled(Text(" " * GAP).join(lines))


def _line(upper: Pixels, lower: Pixels = ()) -> Text:
    """A line of characters for two lines of pixels, the second of which may be missing."""
    line = Text()
    for above, below in zip_longest(upper, lower):
        ground = Color.from_rgb(*below) if below else None
        line.append(UPPER, Style(color=Color.from_rgb(*above), bgcolor=ground))
    return line

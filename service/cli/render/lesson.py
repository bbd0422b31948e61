"""How one step of a training looks: page after page of arrays."""

from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any

from worker.jsontypes import Json

PARTS = {"given": "Given", "forward": "Forward", "backward": "Backward"}


def lesson_in_lines(found: Json) -> Iterator[str]:
    """What comes of it, each array with its formula, where it came from and where it goes, the
    update, and what was kept."""
    yield found["said"]
    yield "Rows: " + ", ".join(f"{row['row']} ({row['label']})" for row in found["rows"])
    yield from found["left_out"]
    for part, title in PARTS.items():
        yield from heading(title)
        for array in found["arrays"]:
            if array["part"] == part:
                yield from array_in_lines(array)
    yield from heading(f"Update, α = {found['learning_rate']:g}")
    for update in found["updates"]:
        yield f"{update['formula']}   {sides(update['shape'])}"
        for title in ("before", "after"):
            yield f"  {title}"
            yield from numbers_in_lines(update["name"], update["shape"], update[title])
        yield ""
    yield from cache_in_lines(found["cache"])


def heading(title: str) -> Iterator[str]:
    yield ""
    yield title
    yield "─" * len(title)


def array_in_lines(array: Json) -> Iterator[str]:
    """An array; an empty line is its last."""
    yield f"{array['formula'] or array['name']}   {sides(array['shape'])}"
    if facts := "; ".join(facts_of(array)):
        yield f"  {facts}"
    yield from numbers_in_lines(array["name"], array["shape"], array["numbers"])
    yield ""


def facts_of(array: Json) -> Iterator[str]:
    if array["multiplications"]:
        yield f"{array['multiplications']:,} multiplications"
    if array["arrived"]:
        yield f"from behind: {', '.join(array['arrived'])}"
    if array["part"] == "backward" and (own := without(array["uses"], array["arrived"])):
        yield f"from the way there: {', '.join(own)}"
    if array["used_by"]:
        yield f"{'kept; ' if array['kept'] else ''}goes into {', '.join(array['used_by'])}"


def without(names: Sequence[str], others: Sequence[str]) -> list[str]:
    return [name for name in names if name not in others]


def sides(shape: Sequence[int]) -> str:
    return " × ".join(map(str, shape)) if shape else "a number"


def numbers_in_lines(name: str, shape: Sequence[int], numbers: Any) -> Iterator[str]:
    """Matrix by matrix: of pictures each row and channel, of kernels each channel and filter."""
    shown = shown_sides(numbers)
    if shown != list(shape):
        yield f"  the first {sides(shown)} numbers"
    for title, rows in matrices(name.lstrip("d").startswith("W"), shown, numbers):
        if title:
            yield f"  {title}"
        for row in rows:
            yield "  " + "".join(map(cell, row))


def shown_sides(numbers: Any) -> list[int]:
    found = []
    while isinstance(numbers, list):
        found.append(len(numbers))
        numbers = numbers[0]
    return found


def matrices(
    kernel: bool, shape: Sequence[int], numbers: Any
) -> Iterator[tuple[str, list[list[Any]]]]:
    """Yields a title, "" where there is one matrix, and rows of numbers."""
    if len(shape) <= 2:
        rows = numbers if len(shape) == 2 else [numbers] if shape else [[numbers]]
        yield "", rows
    elif kernel:
        for at in product(*map(range, shape[2:])):
            places = ", ".join(map(str, at))
            yield f"[i, j, {places}]", [[deep(each, at) for each in row] for row in numbers]
    else:
        for row, channel in product(range(shape[0]), range(shape[3])):
            picture = numbers[row]
            yield (
                f"[{row}, i, j, {channel}]",
                [[each[channel] for each in line] for line in picture],
            )


def deep(numbers: Any, at: Sequence[int]) -> Any:
    for place in at:
        numbers = numbers[place]
    return numbers


def cell(number: float | None) -> str:
    return f"{'–' if number is None else format(number, '.4g'):>12}"


def cache_in_lines(cache: Json) -> Iterator[str]:
    yield f"Kept: {', '.join(cache['kept'])}, {cache['numbers']:,} numbers."
    yield (
        f"Multiplications: {cache['forward']:,} forward, {cache['backward']:,} back, and "
        f"{cache['backward_without']:,} back if nothing had been kept."
    )

"""Answers as text for a terminal."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import BaseModel

WIDTH = 100  # where nobody knows how wide it is
PARTED = (BaseModel, Mapping)


def table(fields: Mapping[str, Any]) -> str:
    """Returns a line for each field of which something is known, and more where it has objects in
    it; they are cut where the terminal ends."""
    known = {printable(name): lines_of(value) for name, value in fields.items()}
    indent = max((len(name) for name, lines in known.items() if lines), default=0) + 2
    room = shutil.get_terminal_size((WIDTH, 24)).columns
    return "\n".join(
        cut(f"{'' if place else name:<{indent}}{line}", room)
        for name, lines in known.items()
        for place, line in enumerate(lines)
    )


def lines_of(value: Any) -> list[str]:
    """Returns a line for all in a value that is no object, and one for each object."""
    if isinstance(value, list) and value and isinstance(value[0], PARTED):
        return [shown(each) for each in value]
    if not isinstance(value, Mapping):
        return [] if nothing(value) else [shown(value)]
    known = {name: each for name, each in value.items() if not nothing(each)}
    objects = {name: each for name, each in known.items() if isinstance(each, PARTED)}
    others = shown({name: each for name, each in known.items() if name not in objects})
    return [*filter(None, [others]), *(f"{printable(n)}: {shown(o)}" for n, o in objects.items())]


def shown(value: Any) -> str:
    """Returns a value in one line."""
    match value:
        case str():
            return printable(value)
        case bool() | int() | None:
            return str(value).lower() if isinstance(value, bool) else str(value)
        case float():
            return f"{value:.6g}"
        case datetime():
            return f"{value:%Y-%m-%d %H:%M:%S}"
        case BaseModel():
            answer: Any = value  # all are answers
            return printable(answer.in_a_line())
        case Mapping():
            known = ((name, each) for name, each in value.items() if not nothing(each))
            return ", ".join(f"{printable(str(name))} {_inside(each)}" for name, each in known)
        case list() | tuple():
            return ", ".join(map(_inside, value))
    return printable(str(value))


def parts_of(answer: BaseModel) -> dict[str, Any]:
    """Returns the fields of an answer, those too that this library does not know."""
    return {**answer.__dict__, **(answer.__pydantic_extra__ or {})}


def nothing(value: Any) -> bool:
    return value is None or value in ("", [], {}, ())


def printable(text: str) -> str:
    """Returns a text without what would do something to the terminal: names are a stranger's."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def cut(line: str, room: int) -> str:
    return line if len(line) <= room else f"{line[: room - 1]}…"


def _inside(value: Any) -> str:
    """A value within another one, in brackets where it has parts."""
    text = shown(value)
    return f"({text})" if isinstance(value, (*PARTED, list, tuple)) else text

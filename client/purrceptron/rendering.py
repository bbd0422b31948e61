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
    """Returns a line for each field of which something is known, and for each object of a list;
    they are cut where the terminal ends."""
    known = {name: value for name, value in fields.items() if not nothing(value)}
    indent = max(map(len, known), default=0) + 2
    room = shutil.get_terminal_size((WIDTH, 24)).columns
    lines = []
    for name, value in known.items():
        several = isinstance(value, list) and isinstance(value[0], PARTED)
        for each in value if several else [value]:
            lines.append(cut(f"{printable(name):<{indent}}{shown(each)}", room))
            name = ""
    return "\n".join(lines)


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
            return printable(value.in_a_line())  # type: ignore[attr-defined] # all are answers
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

"""Places in a job's spec, as options name them: `optimizer.learning_rate=0.01`."""

import json
from collections.abc import Iterable
from typing import Annotated, Any, NamedTuple, TypeAlias

import typer

from worker.jsontypes import Json


class Placed(NamedTuple):
    """A value and where it belongs."""

    place: tuple[str, ...]
    value: Any


def placed(text: str) -> Placed:
    """What `network.dropout=0.2` says; a value that is no JSON is a text."""
    path, equals, value = text.partition("=")
    place = tuple(path.replace("/", ".").strip(".").split("."))
    if not equals or not all(place):
        raise typer.BadParameter(
            f"Expected a place in the spec and a value, such as network.dropout=0.2; got {text}."
        )
    try:
        return Placed(place, json.loads(value))
    except ValueError:
        return Placed(place, value)


Settings: TypeAlias = Annotated[
    list[Any] | None,
    typer.Option(
        "--set",
        parser=placed,
        metavar="PLACE=VALUE",
        help="Any field: network.dropout=0.2.",
    ),
]


def put(spec: Json, placed: Placed) -> None:
    """Write the value into the spec; what it lies in is made."""
    *parents, field = placed.place
    part = spec
    for parent in parents:
        part = part.setdefault(parent, {})
        if not isinstance(part, dict):
            raise typer.BadParameter(f"Expected an object at /{parent} in the spec.")
    part[field] = placed.value


def as_patch(changes: Iterable[Placed]) -> list[Json]:
    """The same as a JSON Patch; it adds, so that the service says what is no field."""
    return [
        {"op": "add", "path": "/" + "/".join(change.place), "value": change.value}
        for change in changes
    ]

"""A spec as trackers take one: a flat list of names and plain values."""

import json
from collections.abc import Iterator

from worker.export.card import PRIVATE
from worker.jsontypes import Json
from worker.store.stored_spec import BESIDE

Plain = bool | int | float | str


def shown(body: Json) -> Json:
    """Returns what of a job's body may lie with others: not whom it tells, notes and tags."""
    return {name: body[name] for name in body if name not in (*PRIVATE, *BESIDE)}


def parameters(spec: Json, before: str = "") -> Iterator[tuple[str, Plain]]:
    """Yields each field as `optimizer.learning_rate` and its value; a list is JSON. What is null is
    left out."""
    for name, value in spec.items():
        if isinstance(value, dict):
            yield from parameters(value, f"{before}{name}.")
        elif isinstance(value, list):
            yield f"{before}{name}", json.dumps(value, separators=(",", ":"))
        elif value is not None:
            yield f"{before}{name}", value

"""Which fields a body may have, which was probably meant by one that it does not have, and where
in a body something is wrong."""

import re
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from functools import cache
from typing import Any

from pydantic import BaseModel

from worker.jsontypes import Json

# What others call it: names that are not near enough to ours to be found by their letters.
ALIASES = {
    "lr": "learning_rate",
    "alpha": "learning_rate",
    "eta": "learning_rate",
    "layers": "hidden_units",
    "hidden_layer_sizes": "hidden_units",
    "units": "hidden_units",
    "epoch": "epochs",
    "num_epochs": "epochs",
    "num_iterations": "epochs",
    "iterations": "epochs",
    "max_iter": "epochs",
    "weight_decay": "l2",
    "lambd": "l2",
    "lambda": "l2",
    "keep_prob": "dropout",
    "random_state": "seed",
    "validation_split": "validation_fraction",
    "dataset_id": "dataset",
    "model_name": "model",
    "name": "model",
    "timeout": "max_seconds",
    "callback_url": "webhook",
}


def meant(pointer: str, model: type[BaseModel]) -> str | None:
    """Returns the pointer of the field that was probably meant; None where nothing is near.

    Args:
        pointer: of a field that no body of this model has.
    """
    parent, _, name = pointer.rpartition("/")
    parent = re.sub(r"/\d+", "/*", parent)
    by_name: dict[str, list[str]] = {}
    for known in fields(model):
        by_name.setdefault(known.rpartition("/")[2], []).append(known)
    name = name.lower().replace("-", "_")
    wanted = ALIASES.get(name, name)
    if wanted not in by_name:
        near = get_close_matches(wanted, by_name, n=1, cutoff=0.6)
        if not near:
            return None
        wanted = near[0]
    places = by_name[wanted]
    near_it = next((place for place in places if place.rpartition("/")[0] == parent), None)
    return f"{pointer.rpartition('/')[0]}/{wanted}" if near_it else places[0]


def pointer_of(path: Sequence[str | int], body: Any, missing: bool) -> str:
    """The JSON pointer (RFC 6901) of a place in a body.

    Pydantic puts the names of a union's members into its path: the object's `kind`, before
    anything within it. What else the body does not have in that place is such a name too, unless
    it is the last step, a field that is `missing`.
    """
    steps: list[str] = []
    outside = True  # of the object at which the path has come, as its kind is yet to come
    for depth, step in enumerate(path):
        if isinstance(body, dict) and outside and body.get("kind") == step:
            outside = False
            continue
        if (isinstance(body, dict) and step in body) or is_index(body, step):
            body, outside = body[step], True
        elif depth < len(path) - 1 or not missing:
            continue
        steps.append(str(step).replace("~", "~0").replace("/", "~1"))
    return "".join(f"/{step}" for step in steps)


def is_index(body: Any, step: str | int) -> bool:
    return isinstance(body, list) and isinstance(step, int) and step < len(body)


@cache
def fields(model: type[BaseModel]) -> tuple[str, ...]:
    """Returns the pointers of all fields that some body of this model has, from the outside in; *
    is any place in a list."""
    schema = model.model_json_schema()
    return tuple(dict.fromkeys(walk(schema, schema.get("$defs", {}), "")))


def walk(schema: Json, parts: Json, at: str) -> Iterator[str]:
    named: Json = schema.get("properties", {})
    yield from (f"{at}/{name}" for name in named)
    for name, field in named.items():
        yield from within(field, parts, f"{at}/{name}")


def within(field: Json, parts: Json, at: str) -> Iterator[str]:
    for part in [field, *field.get("anyOf", ()), *field.get("oneOf", ())]:
        if "$ref" in part:
            yield from walk(parts[part["$ref"].rpartition("/")[2]], parts, at)
        if "items" in part:
            yield from within(part["items"], parts, f"{at}/*")

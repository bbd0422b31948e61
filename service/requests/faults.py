"""What is wrong with a request, place by place: Pydantic's errors in our words."""

from collections.abc import Sequence
from typing import Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel

from service.requests.retry import InvalidSpec
from worker.jsontypes import Json
from worker.spec import JobSpec
from worker.spec.field_names import meant

MOST_CHARACTERS = 200  # of a place that was sent


def model_of(request: Request, error: RequestValidationError) -> type[BaseModel] | None:
    """What the body was to be, if it was to be JSON."""
    if isinstance(error, InvalidSpec):
        return JobSpec
    body = getattr(request.scope["route"], "body_field", None)
    model = body.field_info.annotation if body else None
    return model if isinstance(model, type) and issubclass(model, BaseModel) else None


def faults_of(found: Sequence[Any], body: Any, model: type[BaseModel] | None) -> list[Json]:
    """What is wrong where, one entry for each place."""
    places: dict[tuple[str, str], list[str]] = {}
    for fault in found:
        where, *path = fault["loc"]
        if fault["type"].startswith("union_tag_"):
            path.append(fault["ctx"]["discriminator"].strip("'"))
        missing = fault["type"] == "missing" or fault["type"].startswith("union_tag_")
        place = pointer(path, body, missing) if where == "body" else str(path[0])
        key = ("pointer" if where == "body" else "parameter", place)
        places.setdefault(key, []).append(message_of(fault, place, model))
    return [
        {kind: place, "detail": " or ".join(dict.fromkeys(messages))}
        for (kind, place), messages in places.items()
    ]


def message_of(fault: Json, place: str, model: type[BaseModel] | None) -> str:
    if fault["type"] == "extra_forbidden" and fault["loc"][0] == "body" and model:
        return advice(place, model)
    return str(fault["msg"]).removeprefix("Value error, ")


def advice(pointer: str, model: type[BaseModel]) -> str:
    """What to say of a field that a body of this model does not have."""
    whose = "of a job" if model is JobSpec else "here"
    near = meant(pointer, model)
    return f"is no field {whose}" + (f"; did you mean {near}?" if near else "")


def sentence(fault: Json) -> str:
    place = fault.get("pointer") or fault.get("parameter") or "the body"
    return f"{place}: {fault['detail']}"


def pointer(path: Sequence[str | int], body: Any, missing: bool) -> str:
    """The JSON pointer (RFC 6901) of a place in the body.

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
    return shortened("".join(f"/{step}" for step in steps))


def is_index(body: Any, step: str | int) -> bool:
    return isinstance(body, list) and isinstance(step, int) and step < len(body)


def shortened(text: str) -> str:
    """The text, or its beginning: what came back must not be as long as what was sent."""
    return text if len(text) <= MOST_CHARACTERS else f"{text[:MOST_CHARACTERS]}…"

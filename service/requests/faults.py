"""What is wrong with a request, place by place: Pydantic's errors in our words."""

from collections.abc import Sequence
from typing import Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel

from service.requests.retry import InvalidSpec
from worker.jsontypes import Json
from worker.spec import JobSpec
from worker.spec.field_names import meant, pointer_of

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
        place = shortened(pointer_of(path, body, missing)) if where == "body" else str(path[0])
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


def shortened(text: str) -> str:
    """The text, or its beginning: what came back must not be as long as what was sent."""
    return text if len(text) <= MOST_CHARACTERS else f"{text[:MOST_CHARACTERS]}…"

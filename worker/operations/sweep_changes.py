"""A spec with the changes of a candidate, and where a caller wrote what is wrong with it."""

from typing import Any

from worker.errors import InvalidParameter
from worker.jsontypes import Json
from worker.operations.sweep_candidates import Changes
from worker.spec import JobSpec
from worker.spec.vary import PartSpec, RangeSpec, VarySpec, as_text

Place = Json | list[Any]


def applied(spec: Json, changes: Changes) -> Json:
    """Returns the JSON of a spec with these changes, which may be none that can be asked for: that
    is for JobSpec to say. A part that is not there yet is of the kind that it is of by default.

    Args:
        spec: what was sent, with what its recipe sets, without other defaults: where a change
            makes a part another kind, those of the kind before would be unknown fields.

    Raises:
        InvalidParameter: a change is of a place that the spec does not have; with its pointer.
    """
    found: Json = copied(spec)
    # What is in a part is changed after the part itself.
    for path in sorted(changes, key=lambda each: each.count(".")):
        *way, last = path.split(".")
        part: Place = found
        for depth, step in enumerate(way):
            part = entered(part, step, default_at(way[: depth + 1]), path)
        put(part, last, copied(changes[path]), path)
    return found


def entered(part: Place, step: str, default: Json, path: str) -> Place:
    """Returns the part of a part, which is made if it is missing."""
    if isinstance(part, dict) and part.get(step) is None:
        part[step] = default
    inner = part[step] if isinstance(part, dict) else part[place_in(part, step, path)]
    if not isinstance(inner, dict | list):
        raise InvalidParameter(
            f"Expected {path} to be in a part of the spec, but {step} is {inner!r:.60}. Give it in "
            "the spec, or vary it as a whole.",
            pointer_of(path),
        )
    return inner


def put(part: Place, step: str, value: Any, path: str) -> None:
    if isinstance(part, dict):
        part[step] = value
    else:
        part[place_in(part, step, path)] = value


def place_in(part: list[Any], step: str, path: str) -> int:
    if not step.isascii() or not step.isdigit() or int(step) >= len(part):
        raise InvalidParameter(
            f"Expected {path} to be in the spec, but the list there has a length of {len(part)}. "
            "Give all of it in the spec, or vary the list as a whole.",
            pointer_of(path),
        )
    return int(step)


def default_at(way: list[str]) -> Json:
    """The kind that a part is of, where nobody says it; nothing where it has no kinds."""
    part: Any = JobSpec.model_construct(dataset="")
    for step in way:
        part = getattr(part, step, None)
    return {"kind": part.kind} if hasattr(part, "kind") else {}


def pointer_of(path: str) -> str:
    return "/" + path.replace(".", "/")


def copied(value: Any) -> Any:
    """Returns the same JSON, of which nobody else has a part."""
    if isinstance(value, dict):
        return {name: copied(each) for name, each in value.items()}
    return [copied(each) for each in value] if isinstance(value, list) else value


def written_at(pointer: str, changes: Changes, vary: VarySpec) -> str:
    """Returns where a caller wrote what is in this place of a candidate's spec.

    Args:
        pointer: such as /optimizer/learning_rate.

    Returns:
        Such as /vary/optimizer.learning_rate/values/2; of a place that was not changed
        /spec/optimizer/learning_rate.
    """
    for path in sorted(changes, key=len, reverse=True):
        own = pointer_of(path)
        if is_in(pointer, own):
            return f"/vary/{path}{value_at(vary[path], changes[path])}{pointer.removeprefix(own)}"
    # A part that is no part of such a spec is there only since something in it was changed.
    inner = next((path for path in changes if pointer and is_in(pointer_of(path), pointer)), None)
    return f"/spec{pointer}" if inner is None else f"/vary/{inner}"


def is_in(pointer: str, part: str) -> bool:
    return f"{pointer}/".startswith(f"{part}/")


def value_at(part: PartSpec, value: Any) -> str:
    if isinstance(part, RangeSpec):
        return ""
    return f"/values/{[as_text(each) for each in part.values].index(as_text(value))}"

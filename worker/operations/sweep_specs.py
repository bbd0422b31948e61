"""The specs of the jobs of a sweep: what they have in common, and what each has otherwise."""

from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError

from worker.errors import InvalidParameter
from worker.jsontypes import Json
from worker.operations.sweep_candidates import Changes
from worker.operations.sweep_changes import applied
from worker.spec import JobSpec

# Of a candidate nothing is published, and nobody is told of it.
UNTOLD: Json = {"webhook": None, "keep_checkpoints": 0}


def candidate_spec(common: Json, changes: Changes) -> JobSpec:
    """Returns the spec of a candidate.

    Args:
        common: what was asked of all; defaults are missing.
        changes: what it has otherwise, by dotted paths.

    Raises:
        InvalidParameter: it is none that can be asked for.
    """
    return validated({**applied(common, changes), **UNTOLD})


def refit_spec(common: Json, changes: Changes, epochs: int) -> JobSpec:
    """Returns the spec by which a candidate is trained once more, on the rows to validate too, for
    as many epochs as it was best after."""
    otherwise = {"validation_fraction": 0.0, "early_stopping": None, "epochs": epochs}
    return validated({**applied(common, changes), **otherwise})


def validated(spec: Json) -> JobSpec:
    """Raises InvalidParameter, with the place in the spec, if it is none that can be asked for."""
    try:
        return JobSpec.model_validate(spec)
    except ValidationError as error:
        fault = error.errors()[0]
        pointer = pointer_of(fault["loc"], spec)
        said = fault["msg"].removeprefix("Value error, ")
        raise InvalidParameter(f"{pointer}: {said}.", pointer) from error


def pointer_of(path: Sequence[str | int], spec: Json) -> str:
    """Returns the JSON Pointer of a place in a spec. Pydantic names the members of unions on the
    way, which the spec does not have there."""
    part: Any = spec
    steps = []
    for step in path:
        inside = range(len(part)) if isinstance(part, list) else part
        if step in inside:
            part = part[step]
        elif step != path[-1]:
            continue
        steps.append(f"/{step}")
    return "".join(steps)

"""The specs of the jobs of a sweep: what they have in common, and what each has otherwise."""

from pydantic import ValidationError

from worker.errors import InvalidParameter
from worker.jsontypes import Json
from worker.operations.sweep_candidates import Changes
from worker.operations.sweep_changes import applied
from worker.spec import JobSpec
from worker.spec.field_names import pointer_of

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
        pointer = pointer_of(fault["loc"], spec, fault["type"] == "missing")
        said = fault["msg"].removeprefix("Value error, ")
        raise InvalidParameter(f"{pointer}: {said}.", pointer) from error

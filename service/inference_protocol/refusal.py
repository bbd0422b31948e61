"""A problem as clients of the protocol read it."""

from worker.jsontypes import Json

# What the protocol has no numbers of its own for: to its clients it is a bad request.
BAD_REQUESTS = (415, 422)


def status_in_protocol(status: int) -> int:
    """Returns the number under which the protocol answers with a problem."""
    return 400 if status in BAD_REQUESTS else status


def with_error(problem: Json) -> Json:
    """Returns a problem with its sentence, and the place that is to blame, where clients of the
    protocol look for them."""
    said: str = problem["detail"]
    places = [fault["pointer"] for fault in problem.get("errors", ()) if fault.get("pointer")]
    if places and places[0] not in said:
        said += f" ({places[0]})"
    return {"error": said, **problem}

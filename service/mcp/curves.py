"""Epochs of a job, spread evenly, each asked for alone: all of a long job are megabytes."""

from collections.abc import Mapping
from typing import Any

from pydantic_core import from_json

from service.mcp.dispatch import Api, Reply
from service.mcp.operations import Operation
from worker.errors import InvalidParameter
from worker.jsontypes import Json

TOOL = "job_metrics"
POINTS, MOST_POINTS = 20, 60
OF_LAYERS = ("layers", "gradient_norms")
POINT = {"type": "integer", "minimum": 1, "maximum": MOST_POINTS, "default": POINTS}
FIELDS: Json = {
    "points": {**POINT, "description": "The most epochs that are told."},
    "layers": {
        "type": "boolean",
        "default": False,
        "description": "Whether each of them tells the vital signs of each layer.",
    },
}


class Refused(Exception):
    """The API does not answer; `reply` says why."""

    def __init__(self, reply: Reply) -> None:
        super().__init__()
        self.reply = reply


async def curve_of(api: Api, operations: Mapping[str, Operation], arguments: Json) -> Json:
    """Returns epochs of a job from its first to its last, at most `points`.

    Raises:
        Refused: there is no such job.
        InvalidParameter: so many points are not told.
    """
    named = {"job_id": arguments.get("job_id")}
    job = await _asked(api, operations["show_job"], named)
    points = arguments.get("points") or POINTS
    if not isinstance(points, int) or not 1 <= points <= MOST_POINTS:
        raise InvalidParameter(f"Expected 1 to {MOST_POINTS} points, got {points!r:.40}.")
    total = (job["progress"] or {}).get("epoch", 0)
    data = []
    for before in spread(total, points):
        page = {**named, "limit": 1, "after": before}
        data += (await _asked(api, operations["show_metrics"], page))["data"]
    if not arguments.get("layers"):
        data = [{name: row[name] for name in row if name not in OF_LAYERS} for row in data]
    return {"job": job["id"], "state": job["state"], "epochs": total, "data": data}


def spread(total: int, points: int) -> list[int]:
    """Returns how many epochs there are before each that is told: of one, the last; of more, the
    first, the last, and others between at about the same distances."""
    if total <= 1 or points == 1:
        return [total - 1] if total else []
    apart = (total - 1) / (min(points, total) - 1)
    return [round(number * apart) for number in range(min(points, total))]


async def _asked(api: Api, operation: Operation, arguments: Json) -> Any:
    reply = await api.ask(operation.asking(arguments))
    if reply.status != 200:
        raise Refused(reply)
    return from_json(reply.body)

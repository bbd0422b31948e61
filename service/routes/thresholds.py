"""What comes of each threshold of a version."""

import csv
import io
from typing import Annotated, Literal

from fastapi import Query, Request, Response
from pydantic import BaseModel

from service.access.scopes import READ, ScopedRouter
from service.deps import StateDep, VersionNumber
from service.openapi.contract import Responses, problems
from service.responses.negotiation import VARY, preferred
from service.schemas.thresholds import ThresholdPoint, Thresholds
from worker.operations.thresholds import Costs, curve_of

router = ScopedRouter(
    prefix="/v1/models/{name}/versions/{version}", tags=["models"], needs={"GET": READ}
)

CSV = "text/csv"
TABLE: Responses = {200: {"content": {CSV: {"schema": {"type": "string"}}}}, **problems(404)}

Split = Annotated[
    Literal["validation", "test"], Query(description="Choose by the one, look at the other.")
]
Cost = Annotated[float, Query(ge=0, le=1e9, allow_inf_nan=False)]


@router.get("/thresholds", response_model=Thresholds, responses=TABLE)
def show_thresholds(
    name: str,
    version: VersionNumber,
    request: Request,
    app_state: StateDep,
    split: Split = "validation",
    false_positive_cost: Cost = 1.0,
    false_negative_cost: Cost = 1.0,
) -> Response:
    """What comes of each threshold of a version of two classes, and which one costs least; CSV for
    `Accept: text/csv`."""
    costs = Costs(false_positive_cost, false_negative_cost)
    curve = curve_of(app_state.store.models, name, version, split, costs)
    found = Thresholds.of(name, version, split, curve)
    kind = preferred(request, (CSV, "application/json"))
    body = as_csv(found.points) if kind == CSV else found.model_dump_json()
    return Response(body, media_type=kind, headers=VARY)


def as_csv(points: list[ThresholdPoint]) -> str:
    """Returns a line for each point under a header; an interval as its two ends."""
    text = io.StringIO()
    rows = [flat(point) for point in points]
    writer = csv.DictWriter(text, rows[0])
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def flat(point: BaseModel) -> dict[str, object]:
    """Returns the fields in columns of one value each."""
    found: dict[str, object] = {}
    for name, value in point.model_dump().items():
        if name.endswith("_interval"):
            low, high = value or ("", "")
            stem = name.removesuffix("_interval")
            found |= {f"{stem}_low": low, f"{stem}_high": high}
        else:
            found[name] = "" if value is None else value
    return found

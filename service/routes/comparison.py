"""Several jobs side by side."""

import csv
import io
from typing import Annotated

from fastapi import Query, Request, Response

from service.access.scopes import READ, ScopedRouter
from service.deps import StateDep
from service.openapi.contract import Responses, problems
from service.responses.negotiation import VARY, preferred
from service.schemas.comparison import JobComparison
from worker.operations.aligned_curves import Axis
from worker.operations.comparison import LEAST, MOST, Comparisons

router = ScopedRouter(prefix="/v1", tags=["jobs"], needs={"GET": READ})

CSV = "text/csv"
TABLE: Responses = {200: {"content": {CSV: {"schema": {"type": "string"}}}}, **problems(404)}

ID = "job_[0-9a-f]{32}"
# Who sends something else is told so in words, and not by a pattern.
FORM = {"pattern": f"^{ID}(,{ID}){{{LEAST - 1},{MOST - 1}}}$"}
IDS = f"The ids of {LEAST} to {MOST} jobs, with commas between them."
Ids = Annotated[
    str,
    Query(description=IDS, json_schema_extra=FORM),
]
Points = Annotated[int, Query(ge=2, le=1_000, description="The most places of the curves.")]


@router.get("/compare", response_model=JobComparison, responses=TABLE)
def compare_jobs(
    jobs: Ids, request: Request, app_state: StateDep, by: Axis = "epoch", points: Points = 200
) -> Response:
    """What differs between jobs, their curves at the same places, and whether one of their models
    is right more often than another; the curves alone as CSV for `Accept: text/csv`."""
    ids = [each.strip() for each in jobs.split(",")]
    found = JobComparison.of(Comparisons(app_state.jobs, app_state.store).of(ids, by, points), by)
    kind = preferred(request, (CSV, "application/json"))
    body = as_csv(found) if kind == CSV else found.model_dump_json()
    return Response(body, media_type=kind, headers=VARY)


def as_csv(found: JobComparison) -> str:
    """Returns a line for each place: it, then what each job measured there, under its id."""
    text, curves = io.StringIO(), found.curves
    measured = [
        (f"{job.id}.{name}", values)
        for job, own in zip(found.jobs, curves.jobs, strict=True)
        for name, values in own
    ]
    writer = csv.writer(text)
    writer.writerow([curves.by, *(title for title, _ in measured)])
    writer.writerows(zip(curves.at, *(values for _, values in measured), strict=True))
    return text.getvalue()

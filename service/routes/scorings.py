"""Scorings: a model answers for all rows of a dataset, behind a state."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response

from service.deps import After, Limit, ScoringsDep, StateDep
from service.openapi.contract import problems
from service.requests.json_body import StrictRoute
from service.responses.location import locate
from service.responses.negotiation import VARY, preferred
from service.responses.pages import page
from service.responses.scored import BY_KIND, FORMS
from service.responses.transfers import FileResponse
from service.routes.jobs import IdempotencyKey
from service.schemas.common import Page
from service.schemas.scorings import Scoring
from worker.jobs.record import Record, State
from worker.operations.scorings import Scorings
from worker.spec.scoring import ScoringSpec

router = APIRouter(prefix="/v1/predictions", tags=["predictions"], route_class=StrictRoute)

TEXT, BINARY = {"type": "string"}, {"type": "string", "format": "binary"}
CONTENT: dict[str, Any] = {
    kind: {"schema": BINARY if word == "parquet" else TEXT} for kind, word in BY_KIND.items()
}


def told(record: Record, scorings: Scorings) -> Scoring:
    return Scoring.of(record, scorings.bytes(record.id), scorings.position(record.id))


@router.post("", status_code=202, responses=problems(409, 507))
def submit_scoring(
    spec: ScoringSpec,
    scorings: ScoringsDep,
    request: Request,
    response: Response,
    idempotency_key: IdempotencyKey = None,
) -> Scoring:
    """Have a model answer for the rows of a dataset. The answer is sent once that is safe on disk.
    Sent again with the same `Idempotency-Key` within a day, it is the same scoring."""
    record = scorings.submit(spec, idempotency_key)
    locate(f"/v1/predictions/{record.id}", request, response)
    return told(record, scorings)


@router.get("", response_model=Page[Scoring])
def list_scorings(
    scorings: ScoringsDep, state: State | None = None, limit: Limit = 50, after: After = None
) -> Response:
    """All scorings, or those in one state, the newest first."""
    found = scorings.page(state, limit + 1, after)
    return page(
        ((record.id, Scoring.of(record, scorings.bytes(record.id))) for record in found), limit
    )


@router.get("/{scoring_id}", responses=problems(404))
def show_scoring(scoring_id: str, scorings: ScoringsDep) -> Scoring:
    """Where a scoring stands, and what its answers come to."""
    return told(scorings.get(scoring_id), scorings)


@router.post("/{scoring_id}/cancel", responses=problems(404, 409, 507))
def cancel_scoring(scoring_id: str, scorings: ScoringsDep) -> Scoring:
    """End a scoring and discard what it did."""
    return told(scorings.cancel(scoring_id), scorings)


@router.delete("/{scoring_id}", status_code=204, responses=problems(404, 409, 507))
def delete_scoring(scoring_id: str, scorings: ScoringsDep) -> None:
    """Delete a scoring that is over, and its results, for good."""
    scorings.delete(scoring_id)


@router.get(
    "/{scoring_id}/results",
    response_class=Response,
    responses={200: {"content": CONTENT}, **problems(404, 409, 429)},
)
def download_results(
    scoring_id: str,
    request: Request,
    scorings: ScoringsDep,
    app_state: StateDep,
    format: Annotated[
        Literal["csv", "ndjson", "parquet"] | None,
        Query(description="Where none is given, what `Accept` names, or else NDJSON."),
    ] = None,
) -> Response:
    """A row for each row of the dataset: what it is called there, and what the model answered."""
    word = format or BY_KIND[preferred(request, [*BY_KIND])]
    kind, pieces = FORMS[word]
    headers = {"Content-Disposition": f'attachment; filename="{scoring_id}.{word}"', **VARY}
    return FileResponse(pieces(scorings, scoring_id), app_state.transfers, kind, headers)

"""Scorings: a model answers for all rows of a dataset or an upload, behind a state."""

from typing import Annotated, Any, Literal

from fastapi import Query, Request, Response
from starlette.concurrency import run_in_threadpool

from service.access.scopes import READ, TRAIN, ScopedRouter
from service.deps import After, Limit, ScoringsDep, StateDep
from service.openapi.contract import problems
from service.openapi.upload_body import FILE, upload_body
from service.requests import fetched, uploads
from service.requests.asked_scoring import OF_JSON, AnswersDep, FetchedScoring, with_upload
from service.requests.json_body import body_of, is_json, parsed, validated
from service.requests.presence import while_present
from service.responses.location import locate
from service.responses.negotiation import VARY, preferred
from service.responses.pages import page
from service.responses.scored import BY_KIND, FORMS
from service.responses.transfers import FileResponse
from service.routes.jobs import IdempotencyKey
from service.schemas.common import Page
from service.schemas.scorings import Scoring
from service.state import AppState
from worker.errors import InvalidParameter
from worker.jobs.record import Record, State
from worker.operations.scorings import Scorings
from worker.spec.scoring import AnswersSpec, ScoringSpec

router = ScopedRouter(
    prefix="/v1/predictions",
    tags=["predictions"],
    needs={"GET": READ, "POST": TRAIN, "DELETE": TRAIN},
)

TEXT, BINARY = {"type": "string"}, {"type": "string", "format": "binary"}
CONTENT: dict[str, Any] = {
    kind: {"schema": BINARY if word == "parquet" else TEXT} for kind, word in BY_KIND.items()
}

UPLOAD = upload_body(
    {"type": "array", "items": FILE, "minItems": 1, "maxItems": 16},
    **{"application/json": {"anyOf": [kind.model_json_schema() for kind in OF_JSON]}},
)


def told(record: Record, scorings: Scorings) -> Scoring:
    return Scoring.of(record, scorings.bytes(record.id), scorings.position(record.id))


@router.post("", status_code=202, openapi_extra=UPLOAD, responses=problems(409, 429, 502, 507))
async def submit_scoring(
    request: Request,
    response: Response,
    scorings: ScoringsDep,
    app_state: StateDep,
    asked: AnswersDep,
    idempotency_key: IdempotencyKey = None,
) -> Scoring:
    """Have a model answer for the rows of a dataset, which JSON names; or for an upload: pictures,
    archives of them, a table or an array, without labels. The answer is sent once that is safe on
    disk. JSON sent again with the same `Idempotency-Key` within a day is the same scoring."""
    if not is_json(request):
        spec: ScoringSpec | AnswersSpec = with_upload(request, asked)
    elif asked is None:
        spec = await in_json(request, app_state)
    else:
        raise InvalidParameter("Expected all in the JSON, got parameters in the address too.")
    if isinstance(spec, ScoringSpec):
        record = await run_in_threadpool(scorings.submit, spec, idempotency_key)
    else:
        record = await uploaded(request, app_state, spec, idempotency_key)
    locate(f"/v1/predictions/{record.id}", request, response)
    return await run_in_threadpool(told, record, scorings)


async def in_json(request: Request, app_state: AppState) -> ScoringSpec | FetchedScoring:
    most = app_state.settings.max_json_bytes
    found = parsed(await body_of(request, most), most)
    if isinstance(found, dict) and "url" in found:
        return validated(FetchedScoring, found)
    return validated(ScoringSpec, found)


async def uploaded(
    request: Request, app_state: AppState, spec: AnswersSpec, idempotency_key: str | None
) -> Record:
    """The scoring of the files that come with a request, or that are fetched for it."""
    if idempotency_key is not None:
        raise InvalidParameter(
            "Expected no Idempotency-Key with files, for they are not compared; leave it out."
        )
    scorings = app_state.uploaded_scorings
    await run_in_threadpool(scorings.check_room)
    body = await run_in_threadpool(scorings.admitted, spec)  # before everything is sent
    with app_state.transfers.slot(), scorings.receive() as (scoring_id, upload):
        if isinstance(spec, FetchedScoring):
            fetching = fetched.into(upload, spec, app_state.fetcher)
            await while_present(request, fetching)
        else:
            await uploads.receive(request, upload)
        return await run_in_threadpool(scorings.accept, scoring_id, upload, body)


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
    """A row for each row of the dataset or the upload: what it is called there, and what the model
    answered."""
    word = format or BY_KIND[preferred(request, [*BY_KIND])]
    kind, pieces = FORMS[word]
    headers = {"Content-Disposition": f'attachment; filename="{scoring_id}.{word}"', **VARY}
    return FileResponse(pieces(scorings, scoring_id), app_state.transfers, kind, headers)

"""What networks answered for rows that folds had held out from their training."""

from typing import Annotated

from fastapi import Query, Request, Response
from pydantic_core import to_json

from service.access.scopes import READ, ScopedRouter
from service.deps import Limit, StateDep, VersionNumber
from service.openapi.contract import Responses, problems
from service.responses.held_out import as_csv, shown
from service.responses.negotiation import VARY, preferred
from service.responses.pages import listed
from service.responses.transfers import FileResponse
from service.schemas.held_out import HeldOutAnswers
from worker.operations.held_out_answers import HeldOutAnswers as Found

router = ScopedRouter(
    prefix="/v1/models/{name}/versions/{version}", tags=["models"], needs={"GET": READ}
)

CSV, JSON = "text/csv", "application/json"
TABLE: Responses = {200: {"content": {CSV: {"schema": {"type": "string"}}}}, **problems(404, 429)}

After = Annotated[
    int, Query(ge=0, le=2**31, description="The `next` of the page before: how many it ends at.")
]


@router.get("/held-out", response_model=HeldOutAnswers, responses=TABLE)
def list_held_out(
    name: str,
    version: VersionNumber,
    request: Request,
    app_state: StateDep,
    limit: Limit = 50,
    after: After = 0,
) -> Response:
    """What was answered for each row by the networks that had not learned from it, where a version
    was trained with folds; all of it as CSV for `Accept: text/csv`."""
    found = Found(app_state.store, name, version)
    if preferred(request, (CSV, JSON)) == CSV:
        return FileResponse(as_csv(found), app_state.transfers, CSV, VARY)
    root = request.scope["root_path"]
    numbered = enumerate(found.after(after), start=after + 1)
    items, behind = listed(
        ((str(at), shown(found.dataset, one, root)) for at, one in numbered), limit
    )
    about = {"model": name, "version": version, "dataset": found.dataset, "rows": found.rows}
    body = b'%s,"next":%s,"data":[%s]}' % (to_json(about)[:-1], to_json(behind), items)
    return Response(body, media_type=JSON, headers=VARY)

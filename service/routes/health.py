"""Is it alive, and can it work?"""

from typing import Literal

from fastapi import Request
from pydantic import BaseModel
from starlette.responses import JSONResponse, Response

from service.access.scopes import OPEN, ScopedRouter
from service.deps import StateDep
from service.errors import CODES, problem
from service.readiness import explained, missing

router = ScopedRouter(tags=["health"], needs={"GET": OPEN, "HEAD": OPEN})


class Readiness(BaseModel):
    """That nothing is away; while something is, the answer is a problem that names it."""

    status: Literal["ready"]
    away: list[str]


@router.head("/livez", include_in_schema=False)
@router.get("/livez")
def livez() -> dict[str, str]:
    """The process answers."""
    return {"status": "alive"}


@router.head("/readyz", include_in_schema=False, response_model=None)
@router.get("/readyz", response_model=Readiness)
def readyz(request: Request, app_state: StateDep) -> Response:
    """Redis answers, the store takes files, and a worker listens on each queue."""
    away = missing(app_state)
    if not away:
        return JSONResponse({"status": "ready", "away": []})
    detail = explained(away, app_state)
    return problem(503, CODES[503], detail, request.state.request_id, away=away)

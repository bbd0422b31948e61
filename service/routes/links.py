"""The front door: where everything is."""

from fastapi import Request
from pydantic import create_model
from starlette.responses import JSONResponse, Response

from service import __version__
from service.access.scopes import OPEN, ScopedRouter
from service.middleware.access import DOCS, OPENAPI
from service.page.files import first_page
from service.responses.negotiation import VARY, preferred

router = ScopedRouter(tags=["about"], needs={"GET": OPEN})

PATHS = {
    "docs": DOCS,
    "openapi": OPENAPI,
    "health": "/livez",
    "readiness": "/readyz",
    "datasets": "/v1/datasets",
    "backbones": "/v1/backbones",
    "jobs": "/v1/jobs",
    "models": "/v1/models",
    "webhooks": "/v1/webhooks",
    "recipes": "/v1/recipes",
    "limits": "/v1/limits",
    "usage": "/v1/usage",
    "job_schema": "/v1/schema/job",
}


Links = create_model(
    "Links",
    __doc__="The paths that everything else is found from, and the version of the service.",
    version=(str, ...),
    **dict.fromkeys(PATHS, (str, ...)),  # type: ignore[call-overload]
)


@router.get(
    "/",
    response_model=Links,
    responses={200: {"content": {"text/html": {}}}},
)
def show_links(request: Request) -> Response:
    """Where everything is; for a browser, which says that it accepts `text/html`, the page."""
    root = request.scope["root_path"]
    if preferred(request, ["text/html", "application/json"]) == "text/html":
        return first_page(root)
    links = {name: f"{root}{path}" for name, path in PATHS.items()}
    return JSONResponse({"version": __version__, **links}, headers=VARY)

"""A picture in, and why the model answers what it does of it out."""

from typing import Annotated, Any

from fastapi import Query, Request, Response

from service.access.scopes import PREDICT, ScopedRouter
from service.deps import StateDep, VersionNumber
from service.openapi.contract import problems
from service.responses.explanations import Asked, explained
from service.responses.negotiation import VARY, preferred
from service.schemas.explanations import Explanation

router = ScopedRouter(prefix="/v1/models/{name}", tags=["predictions"], needs={"POST": PREDICT})

JSON, PNG = "application/json", "image/png"
BINARY = {"type": "string", "format": "binary"}
FORM = {
    "type": "object",
    "required": ["image"],
    "properties": {"image": {"type": "array", "items": BINARY, "minItems": 1, "maxItems": 1}},
    "additionalProperties": False,
}
BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "One picture, whatever its type is said to be; or a form with one.",
        "content": {
            "application/octet-stream": {"schema": BINARY},
            "multipart/form-data": {"schema": FORM},
        },
    }
}
ANSWER: dict[int | str, Any] = {200: {"content": {PNG: {"schema": BINARY}}}, **problems(404, 429)}

ClassName = Annotated[
    str | None,
    Query(alias="class", max_length=256, description="Which is explained; default: the answer."),
]
Neighbours = Annotated[
    int, Query(ge=0, le=50, description="Rows it has learned from and that are most like it.")
]
NEIGHBOURS = 5


@router.post("/explain", openapi_extra=BODY, response_model=Explanation, responses=ANSWER)
async def explain(
    name: str,
    request: Request,
    app_state: StateDep,
    class_name: ClassName = None,
    nearest: Neighbours = NEIGHBOURS,
) -> Response:
    """Ask the champion of a model about a picture, and why it says so. For `Accept: image/png`, the
    heat map alone."""
    return await answer(request, app_state, name, None, Asked(class_name, nearest))


@router.post(
    "/versions/{version}/explain",
    openapi_extra=BODY,
    response_model=Explanation,
    responses=ANSWER,
)
async def explain_by_version(
    name: str,
    version: VersionNumber,
    request: Request,
    app_state: StateDep,
    class_name: ClassName = None,
    nearest: Neighbours = NEIGHBOURS,
) -> Response:
    """Ask one version of a model."""
    return await answer(request, app_state, name, version, Asked(class_name, nearest))


async def answer(
    request: Request, app_state: StateDep, name: str, version: int | None, asked: Asked
) -> Response:
    """Returns the explanation as JSON, or its picture."""
    found = await explained(request, app_state, name, version, asked)
    if preferred(request, [PNG, JSON]) == PNG:
        return Response(found.picture, media_type=PNG, headers=VARY)
    body = found.about.model_dump_json(exclude={"prediction": {"prediction_id"}})  # it is not kept
    return Response(body, media_type=JSON, headers=VARY)

"""Which version of a model answers: aliases, and their moves."""

from typing import Annotated

from fastapi import Header, Request, Response

from service.access.scopes import READ, TRAIN, ScopedRouter
from service.deps import MOVING, AfterVersion, AliasName, Limit, PromotionsDep
from service.openapi.contract import problems
from service.requests.json_body import StrictRoute
from service.responses.etags import expected_revision, revision_tag, unless_known
from service.responses.pages import page
from service.schemas.aliases import Alias, Aliases, AliasMove, Wanted
from service.schemas.common import Page

router = ScopedRouter(
    prefix="/v1/models/{name}/aliases",
    tags=["models"],
    route_class=StrictRoute,
    dependencies=[MOVING],
    needs={"GET": READ, "PUT": TRAIN, "POST": TRAIN, "DELETE": TRAIN},
)

IfMatch = Annotated[
    str | None, Header(description="The `ETag` of the aliases, to move none that was moved since.")
]


@router.get("", response_model=Aliases, responses=problems(404))
def list_aliases(name: str, request: Request, promotions: PromotionsDep) -> Response:
    """All aliases of a model, by their names. The `ETag` is their revision."""
    named = promotions.of(name)
    body = Aliases.of(named).model_dump_json().encode()
    return unless_known(request, body, tag=revision_tag(named.revision))


@router.put("/{alias}", responses=problems(404, 409, 412, 507))
def set_alias(
    name: str,
    alias: AliasName,
    wanted: Wanted,
    promotions: PromotionsDep,
    response: Response,
    if_match: IfMatch = None,
) -> Alias:
    """Have an alias name a version, and say how that is to answer. A champion must pass the guard,
    or be forced."""
    revision = expected_revision(if_match)
    promoted = promotions.promote(
        name,
        alias,
        wanted.version,
        wanted.reason,
        force=wanted.force,
        revision=revision,
        point=wanted.point,
    )
    response.headers["ETag"] = revision_tag(promoted.revision)
    return Alias.after(promoted)


@router.delete("/{alias}", status_code=204, responses=problems(404, 409, 507))
def delete_alias(name: str, alias: AliasName, promotions: PromotionsDep) -> None:
    """Delete an alias; the champion has none to take its place, and stays."""
    promotions.delete(name, alias)


@router.get("/{alias}/history", response_model=Page[AliasMove], responses=problems(404))
def show_alias_history(
    name: str,
    alias: AliasName,
    promotions: PromotionsDep,
    limit: Limit = 50,
    after: AfterVersion = None,
) -> Response:
    """The moves of an alias, the newest first."""
    moves = promotions.history(name, alias, before=after)
    return page(((str(move.revision), AliasMove.of(move)) for move in moves), limit)


@router.post("/{alias}/rollback", responses=problems(404, 409, 507))
def roll_back_alias(
    name: str, alias: AliasName, promotions: PromotionsDep, response: Response
) -> Alias:
    """Have an alias name the version again that it named before."""
    promoted = promotions.rollback(name, alias)
    response.headers["ETag"] = revision_tag(promoted.revision)
    return Alias.after(promoted)

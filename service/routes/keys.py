"""Keys to this API, for whoever may make some."""

from fastapi import Depends, Request, Response

from service.access.caller import Caller
from service.access.scopes import ADMIN, ScopedRouter
from service.deps import After, Limit, SettingsDep, StateDep
from service.openapi.contract import problems
from service.requests.json_body import StrictRoute
from service.responses.location import locate
from service.responses.pages import page
from service.schemas.common import Page
from service.schemas.keys import Key, KeyRequest, NewKey, Rotation
from worker.errors import KeysOff


async def keys_are_asked_for(settings: SettingsDep) -> None:
    """Refuse to make keys where nobody has to show one.

    Raises:
        KeysOff: PURR_API_KEY is not set.
    """
    if settings.api_key is None:
        raise KeysOff(
            "Expected PURR_API_KEY to be set, and it is not: so no key is asked for, and one that "
            "is made would keep nobody out. Set it to what `openssl rand -hex 32` prints."
        )


router = ScopedRouter(
    prefix="/v1/keys",
    tags=["keys"],
    route_class=StrictRoute,
    dependencies=[Depends(keys_are_asked_for)],
    needs={"GET": ADMIN, "POST": ADMIN, "DELETE": ADMIN},
)


@router.post("", status_code=201, responses=problems(409, 507))
def create_key(
    asked: KeyRequest, request: Request, response: Response, app_state: StateDep
) -> NewKey:
    """Make a key. What its holder sends is in this answer, and never told again."""
    caller: Caller = request.state.caller
    made = app_state.api_keys.create(
        asked.name,
        asked.scopes,
        caller.id,
        lasts_s=asked.lasts_s,
        per_minute=asked.per_minute,
    )
    response.headers["Cache-Control"] = "no-store"
    locate(f"/v1/keys/{made.key.id}", request, response)
    return NewKey.made(made)


@router.get("", response_model=Page[Key], responses=problems(409))
def list_keys(app_state: StateDep, limit: Limit = 50, after: After = None) -> Response:
    """All keys, the newest first; one that has expired or was revoked is told of for 30 days."""
    found = app_state.api_keys.page(limit + 1, after)
    used = app_state.api_keys.used_ms(found)
    told = zip(found, used, strict=True)
    return page(((key.id, Key.of(key, used_ms)) for key, used_ms in told), limit)


@router.get("/{key_id}", responses=problems(404, 409))
def show_key(key_id: str, app_state: StateDep) -> Key:
    """One key."""
    key = app_state.api_keys.get(key_id)
    return Key.of(key, *app_state.api_keys.used_ms([key]))


@router.post("/{key_id}/rotate", responses=problems(404, 409, 507))
def rotate_key(key_id: str, asked: Rotation, response: Response, app_state: StateDep) -> NewKey:
    """Give a key another secret, shown in this answer alone; scopes and end stay as they are."""
    made = app_state.api_keys.rotate(key_id, asked.old_lasts_s)
    response.headers["Cache-Control"] = "no-store"
    return NewKey.made(made)


@router.delete("/{key_id}", status_code=204, responses=problems(404, 409, 507))
def revoke_key(key_id: str, app_state: StateDep) -> None:
    """Have a key refused by every process within a second."""
    app_state.api_keys.revoke(key_id)

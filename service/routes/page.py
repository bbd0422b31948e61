"""Signing in to the page with the key."""

from typing import Literal, TypedDict

from fastapi import Request, Response
from pydantic import BaseModel, SecretStr

from service.access.caller import Caller
from service.access.known_keys import UNKNOWN, Credentials, Stranger
from service.access.scopes import OPEN, TRAIN, ScopedRouter
from service.deps import AccessDep
from service.errors import CODES, problem
from service.middleware.access import SESSION
from service.page.session import COOKIE, LASTS_S

# Not in the contract: it is the page's own, and may change with it.
router = ScopedRouter(include_in_schema=False, needs={"GET": OPEN, "POST": OPEN, "DELETE": OPEN})

WRONG_KEY = (
    "Expected the key of this service, got another one. It is the PURR_API_KEY that it runs with, "
    "or one that was made with that."
)


class Key(BaseModel):
    """What a person has typed."""

    key: SecretStr


class Session(BaseModel):
    """Whether this browser may ask, and whether it may also change something."""

    key_needed: bool
    signed_in: bool
    may_write: bool


class Where(TypedDict):
    """To whom a browser shows the cookie."""

    path: str
    secure: bool
    httponly: bool
    samesite: Literal["strict"]


@router.get(SESSION)
async def session(request: Request, access: AccessDep) -> Session:
    cookie = Credentials(cookie=request.cookies.get(COOKIE, ""))
    found = await access.keys.find(cookie)
    return Session(
        key_needed=access.keys.are_asked_for,
        signed_in=isinstance(found, Caller),
        may_write=isinstance(found, Caller) and found.may(TRAIN),
    )


@router.post(SESSION, status_code=204)
async def sign_in(request: Request, given: Key, access: AccessDep) -> Response:
    keys = access.keys
    found = await keys.find(Credentials(key=given.key.get_secret_value().strip()))
    if isinstance(found, Stranger):
        request.state.claimed = found.key
        wrong = WRONG_KEY if found.detail == UNKNOWN else found.detail
        return problem(401, CODES[401], wrong, request.state.request_id)
    response = Response(status_code=204)
    if keys.are_asked_for:
        response.set_cookie(COOKIE, keys.cookie_of(found), max_age=LASTS_S, **where(request))
    return response


@router.delete(SESSION, status_code=204)
async def sign_out(request: Request) -> Response:
    response = Response(status_code=204)
    response.delete_cookie(COOKIE, **where(request))
    return response


def where(request: Request) -> Where:
    """This service alone, never a script or another site."""
    return {
        "path": request.scope.get("root_path") or "/",
        "secure": request.url.scheme == "https",
        "httponly": True,
        "samesite": "strict",
    }

"""Signing in to the page with the key."""

import hmac
from typing import Literal, TypedDict

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, SecretStr

from service.deps import SettingsDep
from service.errors import CODES, problem
from service.middleware.access import SESSION, secret
from service.page.session import COOKIE, LASTS_S, begin, is_signed
from service.settings import ServiceSettings

# Not in the contract: it is the page's own, and may change with it.
router = APIRouter(include_in_schema=False)

WRONG_KEY = (
    "Expected the key of this service, got another one. It is the PURR_API_KEY that it runs with."
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
async def session(request: Request, settings: SettingsDep) -> Session:
    known = keys(settings)
    cookie = request.cookies.get(COOKIE, "")
    signed_by = next((key for key in known if is_signed(cookie, key)), None)
    return Session(
        key_needed=bool(known),
        signed_in=not known or signed_by is not None,
        may_write=known[:1] in ([], [signed_by]),
    )


@router.post(SESSION, status_code=204)
async def sign_in(request: Request, given: Key, settings: SettingsDep) -> Response:
    typed = given.key.get_secret_value().strip().encode()
    known = keys(settings)
    # Bytes: compare_digest refuses text that is not ASCII.
    shown = next((key for key in known if hmac.compare_digest(typed, key)), None)
    if known and shown is None:
        return problem(401, CODES[401], WRONG_KEY, request.state.request_id)
    response = Response(status_code=204)
    if shown is not None:
        response.set_cookie(COOKIE, begin(shown), max_age=LASTS_S, **where(request))
    return response


@router.delete(SESSION, status_code=204)
async def sign_out(request: Request) -> Response:
    response = Response(status_code=204)
    response.delete_cookie(COOKIE, **where(request))
    return response


def keys(settings: ServiceSettings) -> list[bytes]:
    """Those by which one may sign in, that which may write first; none where none is asked for."""
    return [secret(key) for key in (settings.api_key, settings.read_key) if key is not None]


def where(request: Request) -> Where:
    """This service alone, never a script or another site."""
    return {
        "path": request.scope.get("root_path") or "/",
        "secure": request.url.scheme == "https",
        "httponly": True,
        "samesite": "strict",
    }

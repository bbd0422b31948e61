"""Signing in to the page with the key."""

import hmac
from typing import Literal, TypedDict

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, SecretStr

from service.deps import SettingsDep
from service.errors import CODES, problem
from service.middleware.access import SESSION
from service.page.session import COOKIE, LASTS_S, begin, is_signed

# Not in the contract: it is the page's own, and may change with it.
router = APIRouter(include_in_schema=False)

WRONG_KEY = (
    "Expected the key of this service, got another one. It is the PURR_API_KEY that it runs with."
)


class Key(BaseModel):
    """What a person has typed."""

    key: SecretStr


class Session(BaseModel):
    """Whether this browser may ask."""

    key_needed: bool
    signed_in: bool


class Where(TypedDict):
    """To whom a browser shows the cookie."""

    path: str
    secure: bool
    httponly: bool
    samesite: Literal["strict"]


@router.get(SESSION)
async def session(request: Request, settings: SettingsDep) -> Session:
    if settings.api_key is None:
        return Session(key_needed=False, signed_in=True)
    key = settings.api_key.get_secret_value().encode()
    signed_in = is_signed(request.cookies.get(COOKIE, ""), key)
    return Session(key_needed=True, signed_in=signed_in)


@router.post(SESSION, status_code=204)
async def sign_in(request: Request, given: Key, settings: SettingsDep) -> Response:
    key = settings.api_key.get_secret_value().encode() if settings.api_key else b""
    # Bytes: compare_digest refuses text that is not ASCII.
    if not hmac.compare_digest(given.key.get_secret_value().strip().encode(), key):
        return problem(401, CODES[401], WRONG_KEY, request.state.request_id)
    response = Response(status_code=204)
    response.set_cookie(COOKIE, begin(key), max_age=LASTS_S, **where(request))
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

"""A tracking server of MLflow: its REST API, as far as it is asked here.

It may be down, slow or no such server at all, so each answer is waited for and read within bounds.
"""

import json
import ssl
from collections.abc import Generator
from contextlib import closing
from typing import Any
from urllib.parse import quote

import httpx
from starlette.concurrency import iterate_in_threadpool

from service import __version__
from service.tracking.mlflow.mlflow_settings import MlflowSettings
from worker.jsontypes import Json

API, FILES = "/api/2.0/mlflow/", "/api/2.0/mlflow-artifacts/artifacts/"
TIMEOUT = httpx.Timeout(30, connect=5)
MOST_BYTES = 4 * 2**20  # of one answer
MOST_MESSAGE = 300  # characters of what a server says of a failure
MISSING, EXISTS = "RESOURCE_DOES_NOT_EXIST", "RESOURCE_ALREADY_EXISTS"


class TrackingFailed(Exception):
    """The server has not done what was asked.

    Attributes:
        status: of its answer.
        code: MLflow's name for the failure, "" if it names none.
    """

    def __init__(self, detail: str, status: int | None = None, code: str = "") -> None:
        super().__init__(detail)
        self.status, self.code = status, code


class TrackingServer:
    """Used as an `async with` block. Every method raises TrackingFailed, or httpx.HTTPError where
    no answer comes.

    Args:
        tls: what is believed of certificates.
    """

    def __init__(self, settings: MlflowSettings, tls: ssl.SSLContext) -> None:
        self._address = settings.mlflow_tracking_uri or ""
        headers = {"User-Agent": f"Purrceptron/{__version__}", **key_of(settings)}
        # Redirects are not followed: they might lead the credentials elsewhere.
        self._http = httpx.AsyncClient(
            timeout=TIMEOUT, headers=headers, auth=user_of(settings), verify=tls
        )

    async def __aenter__(self) -> "TrackingServer":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.aclose()

    async def get(self, path: str, **query: str) -> Json:
        """Returns what is answered to a question."""
        return await self._answer("GET", API + path, params=query)

    async def post(self, path: str, **body: Any) -> Json:
        """Returns what is answered to a change."""
        return await self._answer("POST", API + path, json=body)

    async def put_file(
        self, path: str, pieces: Generator[bytes, None, None], size: int | None
    ) -> None:
        """Keep a file among the artifacts; closes where its pieces come from."""
        headers = {} if size is None else {"Content-Length": str(size)}
        with closing(pieces):
            body = iterate_in_threadpool(pieces)
            await self._answer("PUT", FILES + quote(path), content=body, headers=headers)

    async def _answer(self, method: str, path: str, **request: Any) -> Json:
        async with self._http.stream(method, self._address + path, **request) as response:
            body = await head_of(response)
        if response.is_success:
            return object_in(body)
        raise refusal(response.status_code, body)


def key_of(settings: MlflowSettings) -> dict[str, str]:
    token = settings.mlflow_tracking_token
    if token is None or settings.mlflow_tracking_username is not None:
        return {}
    return {"Authorization": f"Bearer {token.get_secret_value()}"}


def user_of(settings: MlflowSettings) -> httpx.BasicAuth | None:
    if settings.mlflow_tracking_username is None:
        return None
    password = settings.mlflow_tracking_password
    secret = password.get_secret_value() if password else ""
    return httpx.BasicAuth(settings.mlflow_tracking_username, secret)


async def head_of(response: httpx.Response) -> bytes:
    """Returns the body of an answer, which must be a short one."""
    body = bytearray()
    async for piece in response.aiter_bytes():
        body += piece
        if len(body) > MOST_BYTES:
            raise TrackingFailed(f"Expected at most {MOST_BYTES:,} bytes, got more.")
    return bytes(body)


def object_in(body: bytes) -> Json:
    """Returns the JSON object in an answer; an empty answer is an empty one."""
    try:
        found = json.loads(body or b"{}")
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise TrackingFailed("Expected JSON of an MLflow server. Check MLFLOW_TRACKING_URI.")
    return found


def refusal(status: int, body: bytes) -> TrackingFailed:
    """Returns what an answer that is no success says of itself."""
    try:
        told = object_in(body)
    except TrackingFailed:
        told = {}
    code, message = str(told.get("error_code", "")), str(told.get("message", ""))
    words = " ".join(word for word in (code, message[:MOST_MESSAGE]) if word)
    detail = f"Expected success, got {status}{words and f': {words}'}."
    return TrackingFailed(detail, status, code)

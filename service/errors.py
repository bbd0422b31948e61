"""One table from error to number, one shape for every error (RFC 9457)."""

import errno
import http
import logging
from collections.abc import Callable
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from service.inference_protocol.paths import is_of_protocol
from service.inference_protocol.refusal import status_in_protocol, with_error
from service.requests.faults import faults_of, model_of, sentence, shortened
from service.requests.presence import ClientLeft
from worker import errors
from worker.jsontypes import Json

CHECKSUM_MISMATCH = 460
PHRASES = {CHECKSUM_MISMATCH: "Checksum Mismatch"}  # of the tus protocol, and not of HTTP

STATUS: dict[type[errors.WorkerError], int] = {
    errors.WorkerError: 500,
    errors.InvalidParameter: 422,
    errors.CorruptFile: 422,
    errors.UnsafeFile: 422,
    errors.UnsupportedFile: 415,
    errors.LimitExceeded: 422,
    errors.DeviceUnavailable: 422,
    errors.IdempotencyConflict: 422,
    errors.MalformedBody: 400,
    errors.TooCostly: 422,
    errors.TooLarge: 413,
    errors.ChecksumMismatch: CHECKSUM_MISMATCH,
    errors.AliasNotFound: 404,
    errors.BackboneNotFound: 404,
    errors.DatasetNotFound: 404,
    errors.RowNotFound: 404,
    errors.JobNotFound: 404,
    errors.ScoringNotFound: 404,
    errors.SweepNotFound: 404,
    errors.PredictionNotFound: 404,
    errors.ScheduleNotFound: 404,
    errors.CheckpointNotFound: 404,
    errors.KeyNotFound: 404,
    errors.ModelNotFound: 404,
    errors.UploadNotFound: 404,
    errors.WebhookNotFound: 404,
    errors.DatasetNotReady: 409,
    errors.ExportRefused: 409,
    errors.IllegalMove: 409,
    errors.KeysOff: 409,
    errors.PromotionRefused: 409,
    errors.PreconditionFailed: 412,
    errors.AliasesMoved: 412,
    errors.FetchFailed: 502,
    errors.MissingScope: 403,
    errors.ReadOnlyKey: 403,
    errors.RateLimited: 429,
    errors.TooBusy: 429,
    errors.TooManyStreams: 429,
    errors.DamagedBackbone: 500,
    errors.DamagedDataset: 500,
    errors.DamagedModel: 500,
    errors.DamagedScoring: 500,
    errors.PreprocessingChanged: 500,
    errors.BackboneUnavailable: 503,
    errors.TooManyConnections: 503,
    errors.QueueUnavailable: 503,
    errors.AcceptanceUnknown: 503,
    errors.QueueFull: 507,
    errors.StoreFull: 507,
}

# Codes of the errors that the service finds by itself; the number tells which.
CODES: dict[int, str] = {
    400: "malformed_request",
    401: "unauthenticated",
    403: "cross_origin",
    404: "not_found",
    405: "method_not_allowed",
    408: "request_timeout",
    412: "unsupported_version",
    413: "too_large",
    415: "unsupported_media_type",
    421: "misdirected_host",
    422: "invalid_parameter",
    429: "too_busy",
    431: "head_too_large",
    500: "internal_error",
    503: "not_ready",
}

SHORTAGES = (errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EAGAIN)
MOST_FAULTS = 20  # places of a request of which an answer says what is wrong there
CLIENT_LEFT = 499  # seen in the log alone; other servers say the same
RETRY_AFTER_S = {429: "5", 503: "2", 507: "60"}

log = logging.getLogger(__name__)


class Problem(JSONResponse):
    """The answer to a request that failed; its code is noted for whoever counts them."""

    media_type = "application/problem+json"

    def __init__(self, code: str, body: Json, status: int, headers: dict[str, str]) -> None:
        super().__init__(body, status, headers)
        self._code, self._said, self._more = code, body, headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["state"]["problem"] = self._code
        if is_of_protocol(scope):
            self._speak_protocol()
        await super().__call__(scope, receive, send)

    def _speak_protocol(self) -> None:
        """Say the same to a client of the Open Inference Protocol."""
        said, self.status_code = self._said, status_in_protocol(self.status_code)
        described_so = described(self.status_code, self._code, said["detail"])
        self.body = self.render(with_error({**said, **described_so}))
        self.init_headers(self._more)


def problem(
    status: int,
    code: str,
    detail: str,
    request_id: str,
    headers: dict[str, str] | None = None,
    **more: Any,
) -> JSONResponse:
    """The answer to a request that failed."""
    body = {**described(status, code, detail), "request_id": request_id, **more}
    headers = dict(headers or {})
    if status in RETRY_AFTER_S:
        headers.setdefault("Retry-After", RETRY_AFTER_S[status])
    return Problem(code, body, status, headers)


def described(status: int, code: str, detail: str) -> Json:
    """A failure as RFC 9457 has it."""
    return {
        "type": f"/problems/{code.replace('_', '-')}",
        "title": PHRASES.get(status) or http.HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code,
    }


def status_of(error: errors.WorkerError) -> int:
    return next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)


def problem_in_place(error: errors.WorkerError) -> Json:
    """The failure of one thing of many that were asked about."""
    return {**described(status_of(error), error.code, str(error)), **places(error)}


def places(error: errors.WorkerError) -> Json:
    fault = {"pointer": error.pointer, "detail": str(error)}
    return {"errors": [fault]} if error.pointer else {}


def worker_error(request: Request, error: errors.WorkerError) -> Response:
    status, more = status_of(error), places(error)
    if status >= 500:
        log.warning("%s: %s", error.code, error.__cause__ or error)
    error.__traceback__ = None  # its frames hold the body, and it often stands in one of them
    if isinstance(error, errors.PromotionRefused):
        more["guard"] = error.guard
    return problem(status, error.code, str(error), request.state.request_id, **more)


def client_left(request: Request, error: Exception) -> Response:
    return Response(status_code=CLIENT_LEFT)


def system_error(request: Request, error: OSError) -> Response:
    if error.errno not in SHORTAGES:
        return unexpected_error(request, error)
    log.warning("the system is short of something: %s", error)
    detail = "The system has no descriptors or no memory left for this request. Try again shortly."
    return problem(503, CODES[503], detail, request.state.request_id)


def http_error(request: Request, error: HTTPException) -> Response:
    code = CODES.get(error.status_code, "internal_error")
    detail = str(error.detail)
    if not detail.endswith("."):  # Starlette's own are but a name
        detail += f": {request.method} {shortened(request.scope['path'])}."
    headers = dict(error.headers or {})
    return problem(error.status_code, code, detail, request.state.request_id, headers)


def validation_error(request: Request, error: RequestValidationError) -> Response:
    faults = faults_of(error.errors(), error.body, model_of(request, error))
    shown, more = faults[:MOST_FAULTS], max(0, len(faults) - MOST_FAULTS)
    others = f"; and {more:,} more" if more else ""
    detail = f"Expected a valid request; {'; '.join(map(sentence, shown))}{others}."
    counted: Json = {"errors": shown} | ({"errors_left_out": more} if more else {})
    return problem(422, CODES[422], detail, request.state.request_id, **counted)


def unexpected_error(request: Request, error: Exception) -> Response:
    log.exception("unexpected failure", exc_info=error)
    detail = "Something unexpected went wrong; the service's log tells what."
    # The connection is closed behind this answer: the next request must not be on its way in it.
    headers = {"Connection": "close"}
    return problem(500, CODES[500], detail, request.state.request_id, headers)


# Which function answers for which exception; of several that fit, the nearest class wins.
HANDLERS: dict[type[Exception], Callable[[Request, Any], Response]] = {
    errors.WorkerError: worker_error,
    ClientLeft: client_left,
    ClientDisconnect: client_left,
    OSError: system_error,
    HTTPException: http_error,
    RequestValidationError: validation_error,
    Exception: unexpected_error,
}


def install(app: FastAPI) -> None:
    """Answer whatever a request fails with in the form of RFC 9457."""
    for kind, handler in HANDLERS.items():
        app.add_exception_handler(kind, handler)

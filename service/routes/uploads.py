"""Uploads in pieces, by the tus protocol: what breaks off goes on where it was."""

from email.utils import formatdate
from typing import Annotated

from fastapi import Header, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from service.access.scopes import READ_OR_TRAIN, TRAIN, ScopedRouter
from service.deps import StateDep
from service.middleware.tus import UPLOADS
from service.requests import pieces
from service.requests.asked_import import AskedDep
from service.requests.asked_scoring import AnswersDep
from service.requests.json_body import kind_of
from service.requests.pieces import Bytes, filename_of
from service.responses.location import locate
from worker.errors import IllegalMove
from worker.operations.resumable_uploads import Progress

# The protocol describes itself; generated clients have no use for it.
router = ScopedRouter(
    prefix=UPLOADS,
    include_in_schema=False,
    needs={"HEAD": READ_OR_TRAIN, "POST": TRAIN, "PATCH": TRAIN},
)

PIECE = "application/offset+octet-stream"


@router.post("", status_code=201)
def begin_upload(
    request: Request,
    response: Response,
    app_state: StateDep,
    asked: AskedDep,
    answers: AnswersDep,
    upload_length: Bytes,
    upload_metadata: Annotated[str | None, Header()] = None,
) -> None:
    """Begin an upload of one file. Its id is that of the dataset which it becomes, or of the
    scoring, where a model is named that is to answer for it."""
    uploads, body, kind = app_state.resumable_uploads, asked.as_body(), "ds"
    if answers is not None:
        body, kind = app_state.uploaded_scorings.admitted(answers), "pred"
    upload_id = uploads.begin(upload_length, filename_of(upload_metadata), body, kind)
    locate(f"{UPLOADS}/{upload_id}", request, response)
    _tell(response, uploads.progress(upload_id))


@router.head("/{upload_id}")
def show_upload(upload_id: str, response: Response, app_state: StateDep) -> None:
    """How far an upload is. One of which all is there, but which was not accepted when its last
    piece came, is accepted now: its client would ask for nothing more."""
    response.headers["Cache-Control"] = "no-store"
    uploads = app_state.resumable_uploads
    try:
        _tell(response, uploads.finish(upload_id))
    except IllegalMove:
        _tell(response, uploads.progress(upload_id))


@router.patch("/{upload_id}", status_code=204)
async def append_to_upload(
    upload_id: str,
    request: Request,
    response: Response,
    app_state: StateDep,
    upload_offset: Bytes,
    upload_checksum: Annotated[str | None, Header()] = None,
) -> None:
    """Append a piece; with the last one the import begins."""
    if (kind := kind_of(request)) != PIECE:
        raise HTTPException(415, f"Expected Content-Type: {PIECE}, got {kind!r:.60}.")
    uploads = app_state.resumable_uploads
    with app_state.transfers.slot(), uploads.appending(upload_id, upload_offset) as piece:
        await pieces.receive(request, piece, upload_checksum)
    _tell(response, await run_in_threadpool(uploads.finish, upload_id))


def _tell(response: Response, progress: Progress) -> None:
    response.headers["Upload-Offset"] = str(progress.offset)
    response.headers["Upload-Length"] = str(progress.length)
    if progress.expires_at is not None:
        response.headers["Upload-Expires"] = formatdate(progress.expires_at, usegmt=True)

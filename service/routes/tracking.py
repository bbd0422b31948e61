"""Jobs as the tools of others show them."""

from fastapi import Response
from starlette.concurrency import run_in_threadpool

from service.access.scopes import READ, ScopedRouter
from service.deps import StateDep
from service.openapi.contract import Responses, problems
from service.responses.transfers import FileResponse
from service.tracking.job_history import history_of
from service.tracking.tensorboard.event_file import event_file, file_name

router = ScopedRouter(prefix="/v1/jobs", tags=["jobs"], needs={"GET": READ})

BYTES = "application/octet-stream"
SENT: Responses = {
    200: {"content": {BYTES: {"schema": {"type": "string", "format": "binary"}}}},
    **problems(404, 429),
}


@router.get("/{job_id}/tensorboard", response_class=Response, responses=SENT)
async def download_event_file(job_id: str, app_state: StateDep) -> Response:
    """All epochs so far as an event file of TensorBoard, with the spec and the findings."""
    record = await run_in_threadpool(app_state.jobs.get, job_id)
    log, archived = app_state.broadcaster.log, app_state.store.archive.events
    history = await history_of(record, log, archived)
    epochs = await run_in_threadpool(app_state.jobs.metrics, record, None, 0)
    headers = {"Content-Disposition": f'attachment; filename="{file_name(record)}"'}
    return FileResponse(event_file(history, epochs), app_state.transfers, BYTES, headers)

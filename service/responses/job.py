"""A job as it stands, at once or after its next change of state."""

from fastapi import Request, Response
from starlette.concurrency import run_in_threadpool

from service.requests.presence import while_present
from service.responses.etags import unless_known
from service.schemas.jobs import Job
from service.state import AppState
from worker.operations.jobs import Jobs


async def job_answer(request: Request, app_state: AppState, job_id: str, wait_s: float) -> Response:
    """Returns the job as JSON, or 304 if the client knows it.

    Args:
        wait_s: seconds until the answer at most, if the job's state does not change before;
            PURR_MAX_WAIT_S bounds them.

    Raises:
        ClientLeft: nobody waits for the answer any more.
        JobNotFound: there is no such job.
    """

    async def read() -> str:
        return await run_in_threadpool(job_json, app_state.jobs, job_id)

    if not wait_s:
        return unless_known(request, (await read()).encode())
    wait_s = min(wait_s, app_state.settings.max_wait_s)
    held = app_state.held_answers.answer(job_id, wait_s, read)
    return unless_known(request, (await while_present(request, held)).encode())


def job_json(jobs: Jobs, job_id: str) -> str:
    record, position = jobs.get(job_id), jobs.position(job_id)
    return Job.of(record, position, summary=jobs.summary(record)).model_dump_json()

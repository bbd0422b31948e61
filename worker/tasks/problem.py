"""Why an attempt failed, as its record says it."""

import logging

from worker.errors import OutOfMemory, WorkerError
from worker.jsontypes import Json
from worker.system import memory

log = logging.getLogger(__name__)


def problem_of(error: Exception) -> Json:
    """Returns the code and sentence of a failure. An unexpected one is logged with its trace."""
    if memory.is_missing(error):
        error = OutOfMemory("It needed more memory than this machine has. Use less of it.")
    if not isinstance(error, WorkerError):
        log.exception("unexpected failure", exc_info=error)
        error = WorkerError("Something unexpected went wrong; the worker's log tells what.")
    return {"code": error.code, "detail": str(error)}

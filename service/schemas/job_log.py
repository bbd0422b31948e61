"""The log of a job, line by line."""

from datetime import datetime

from pydantic import BaseModel


class LogLine(BaseModel):
    """What was said at a job. `source` is the part that said it, or `state` where the job came into
    another state; `attempt` 0: before the first one."""

    id: str
    at: datetime
    level: str
    source: str
    attempt: int
    message: str

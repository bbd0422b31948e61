"""The messages of RQ, each of which carries the id of a record or a question and nothing else."""

import logging
import re
from typing import Any

import redis
from rq import Queue, get_current_job
from rq.job import Job, JobStatus
from rq.serializers import JSONSerializer

TASK = "worker.tasks.entry.perform"
# How long a message may take, and how long RQ keeps one that is done and one that failed.
NEVER, AT_ONCE, FAILURE_TTL_S = -1, 0, 3600
# The id of a record or of a question, and random digits.
MESSAGE = re.compile(rb"(job|ds|bb|pred|est)_[0-9a-f]{32}-[0-9a-f]{8}")
# Messages that are not ours: how many of the last ones are kept, and how many bytes of each.
ASIDE, ASIDE_LENGTH, ASIDE_BYTES = "purr:aside", 100, 1_000
READ = (b"origin", b"status")  # all that is read of a message

log = logging.getLogger(__name__)


class OneTask(Job):
    """A message that calls our function with its own id, whatever else is written in it.

    RQ itself would import any function that a message names, decompress its data without a limit,
    and end the worker if a date is malformed. So none of that is read.
    """

    def restore(self, raw_data: Any) -> Any:
        self.func_name, self.instance, self.kwargs = TASK, None, {}
        self.args = (self.id.rpartition("-")[0],)
        self.timeout, self.result_ttl, self.failure_ttl = NEVER, AT_ONCE, FAILURE_TTL_S
        # RQ needs these two to move the message between its lists.
        origin, status = (raw_data.get(name, b"").decode("utf-8", "replace") for name in READ)
        self.origin = origin
        self._status = JobStatus(status) if status in {*JobStatus} else JobStatus.QUEUED


class Messages(Queue):
    """A queue that returns only our own messages. Anything else found in it is set aside."""

    @classmethod
    def lmove(cls, connection: redis.Redis, queue_key: str, timeout: int | None) -> Any:
        client: Any = connection  # its commands are typed for text alone
        while (found := super().lmove(connection, queue_key, timeout)) is not None:
            message: bytes = found[1]
            if MESSAGE.fullmatch(message) and client.type(b"rq:job:" + message) == b"hash":
                return found
            log.warning("no message of ours in %s, set aside: %r", queue_key, message[:80])
            pipeline = client.pipeline()
            pipeline.lrem(f"{queue_key}:intermediate", 1, message)
            pipeline.lpush(ASIDE, message[:ASIDE_BYTES])
            pipeline.ltrim(ASIDE, 0, ASIDE_LENGTH - 1)
            pipeline.execute()
        return None


def queue(name: str, client: redis.Redis) -> Messages:
    """Returns the queue of this name, which reads and writes our messages alone."""
    return Messages(name, connection=client, serializer=JSONSerializer, job_class=OneTask)


def served_queue() -> str:
    """Returns the queue from which the running message came, "" outside of a worker."""
    message = get_current_job()
    return message.origin if message else ""

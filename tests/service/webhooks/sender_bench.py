"""An outbox with jobs that have ended, and a sender whose names resolve as a test says."""

import asyncio
import socket
from typing import Any

import redis
from pydantic import SecretStr

from service.settings import ServiceSettings
from service.webhooks.sender import WebhookSender
from worker.jobs.outbox import Delivery, Outbox
from worker.jobs.record import State, new_id
from worker.jobs.transitions import Transitions, open_records

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


class SenderBench:
    """An outbox, the jobs that it tells of, and a sender; names resolve as `hosts` says."""

    def __init__(
        self, client: redis.Redis, *entries: str, private: bool = True, secret: str = SECRET
    ) -> None:
        self.hosts: dict[str, list[str]] = {}
        self.resolved: list[str] = []
        self.outbox, self._jobs = Outbox(client), open_records(client)["job"]
        self._due: Any = client
        settings = ServiceSettings(
            webhook_hosts=entries, webhook_secret=SecretStr(secret), webhook_private=private
        )
        self.sender = WebhookSender(self.outbox, self._jobs, settings, self.resolve)

    async def resolve(self, host: str, port: int) -> list[str]:
        self.resolved.append(host)
        if host not in self.hosts:
            raise socket.gaierror(socket.EAI_NONAME, "no such name")
        return self.hosts[host]

    def announce(self, url: str, kind: str = "job.succeeded", **asked: str) -> str:
        job = ended(self._jobs, url, **asked)
        return self.outbox.add(job, kind, url)

    def send(self, url: str, **asked: str) -> Delivery:
        """What becomes of a webhook to this address at its first try."""
        return self.send_again(self.announce(url, **asked))

    def send_again(self, made: str) -> Delivery:
        self._due.zadd("purr:webhooks:due", {made: 0})
        assert asyncio.run(self.sender.send_next())
        return self.outbox.of_job("job_" + made.removeprefix("msg_"))[0]


def ended(jobs: Transitions, url: str, **asked: str) -> str:
    job = jobs.create(new_id("job"), {"model": "cats", "dataset": "ds_1", **asked}).id
    mine = jobs.begin_publishing(jobs.claim(job, "w", 10), "cats", 0)
    scores = {"loss": 0.5, "accuracy": 0.75}
    jobs.finish(mine, State.SUCCEEDED, {"result": {"train": scores, "test": scores}})
    return job

"""Webhooks as the rest of the service sees them: may this one be, what became of them, again."""

from service.settings import ServiceSettings
from service.webhooks.sender import WebhookSender
from worker.jobs.outbox import Delivery, Outbox
from worker.jobs.transitions import Transitions


class Webhooks:
    """The outbox of webhooks and its sender."""

    def __init__(self, outbox: Outbox, jobs: Transitions, settings: ServiceSettings) -> None:
        self._outbox = outbox
        self._sender = WebhookSender(outbox, jobs, settings)

    def check(self, url: str | None) -> None:
        """Check the address in a job's spec; None, for no webhook, is fine.

        Raises:
            InvalidParameter: webhooks may not go there.
        """
        self._sender.check(url)

    async def run(self) -> None:
        """Send what is due until this is cancelled; returns at once where webhooks are off."""
        await self._sender.run()

    def page(self, limit: int, after: str | None, job_id: str | None) -> list[Delivery]:
        """Returns webhooks, the newest first: those of one job, or a page of all."""
        return self._outbox.of_job(job_id) if job_id else self._outbox.page(limit, after)

    def replay(self, webhook_id: str) -> Delivery:
        """Make a webhook due now.

        Raises:
            WebhookNotFound: none has this id.
        """
        return self._outbox.replay(webhook_id)

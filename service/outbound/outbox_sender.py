"""Sends what is in an outbox: takes what is due, has it tried, and says there what came of it."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from starlette.concurrency import run_in_threadpool

from worker.errors import QueueUnavailable
from worker.jobs.outbox import Delivery, Outbox, Outcome

LOOK_S = 1.0  # between looks into an outbox in which nothing is due
AWAY_S = 10.0  # between looks while Redis is away
log = logging.getLogger(__name__)

Attempt = Callable[[Delivery], Awaitable[Outcome]]


class OutboxSender:
    """Sends what is in an outbox. Several may share one.

    Args:
        attempt: tries to send a delivery; whatever it raises ends this try of it alone.
        at_a_time: deliveries that are on their way.
        lease_s: longer than any try takes.
    """

    def __init__(self, outbox: Outbox, attempt: Attempt, at_a_time: int, lease_s: float) -> None:
        self._outbox, self._attempt = outbox, attempt
        self._at_a_time, self._lease_s = at_a_time, lease_s

    async def run(self) -> None:
        """Send what is due, until this is cancelled."""
        await asyncio.gather(*(self._go_on() for _ in range(self._at_a_time)))

    async def send_next(self) -> bool:
        """Try the delivery that has been due the longest; False if none is due.

        Raises:
            QueueUnavailable: Redis does not answer.
        """
        delivery = await run_in_threadpool(self._outbox.take, self._lease_s)
        if delivery is None:
            return False
        outcome = await self._attempt(delivery)
        # Not the URL: some receivers have their secret in it.
        log.info("%s, try %d: %s", delivery.id, delivery.tries, outcome)
        await run_in_threadpool(self._outbox.settle, delivery, outcome)
        return True

    async def _go_on(self) -> None:
        while True:
            try:
                if not await self.send_next():
                    await asyncio.sleep(LOOK_S)
            except QueueUnavailable as error:
                log.warning("nothing is sent: %s", error.__cause__)
                await asyncio.sleep(AWAY_S)
            except Exception:
                log.exception("a look into an outbox failed; the next one may not")
                await asyncio.sleep(AWAY_S)

"""Sends webhooks: tries those that an outbox has due."""

import asyncio
import logging
import ssl
import time
from functools import cached_property

import httpcore
import httpx
from starlette.concurrency import run_in_threadpool

from service import __version__
from service.outbound.address_guard import AddressGuard, Target, Use
from service.outbound.network import FAULTS, GuardedNetwork, Resolve, reason, resolved, url_of
from service.outbound.outbox_sender import OutboxSender
from service.settings import ServiceSettings
from service.webhooks.answer import Answer, again, outcome_of
from service.webhooks.message import keys_of, payload, signature
from worker.errors import InvalidParameter, JobNotFound, QueueUnavailable
from worker.jobs.outbox import Delivery, DeliveryState, Outbox, Outcome
from worker.jobs.transitions import Transitions
from worker.system.trace import TRACEPARENT, Trace, trace_of

SENDERS = 4  # deliveries that are on their way at a time
LEASE_S = 60.0  # longer than any try takes
CONNECT_S = 5.0
TOTAL_S = 15.0
MOST_BYTES = 64 * 2**10  # of an answer's body, which nobody reads
WEBHOOKS = Use(
    what="a webhook",
    pointer="/webhook",
    hosts="PURR_WEBHOOK_HOSTS",
    private="PURR_WEBHOOK_PRIVATE",
    off="Expected no webhook, since webhooks are off here. Set PURR_WEBHOOK_HOSTS and "
    "PURR_WEBHOOK_SECRET to turn them on.",
)
log = logging.getLogger(__name__)


class WebhookSender:
    """Sends the webhooks of an outbox. Several senders may share one outbox."""

    def __init__(
        self,
        outbox: Outbox,
        jobs: Transitions,
        settings: ServiceSettings,
        resolve: Resolve | None = None,
    ) -> None:
        self._jobs = jobs
        self._sender = OutboxSender(outbox, self._try, SENDERS, LEASE_S)
        self._guard = AddressGuard(WEBHOOKS, settings.webhook_hosts, settings.webhook_private)
        self._on = bool(settings.webhook_hosts)
        self._network = GuardedNetwork(self._guard, resolve or resolved)
        secret = settings.webhook_secret
        self._keys = keys_of(secret.get_secret_value()) if secret else []

    def check(self, url: str | None) -> None:
        """Check the address in a job's spec; None, for no webhook, is fine.

        Raises:
            InvalidParameter: webhooks may not go there.
        """
        if url is not None:
            self._guard.check(url)

    async def run(self) -> None:
        """Send what is due, until this is cancelled; at once done if webhooks are off."""
        if self._on:
            await self._sender.run()

    async def send_next(self) -> bool:
        """Try the delivery that has been due the longest; False if none is due.

        Raises:
            QueueUnavailable: Redis does not answer.
        """
        return await self._sender.send_next()

    async def _try(self, delivery: Delivery) -> Outcome:
        try:
            # Checked again, since the settings may have changed after the job was submitted.
            target = self._guard.check(delivery.url)
            record = await run_in_threadpool(self._jobs.get, delivery.job)
            trace = trace_of(record.traceparent)
            body = payload(record, delivery.type)
            answer = await self._post(delivery.id, target, body, trace)
        except (InvalidParameter, JobNotFound) as error:
            return Outcome(DeliveryState.FAILED, error=str(error))  # now and whenever it is tried
        except FAULTS as error:
            return again(delivery.tries, reason(error, "receiver"))
        except QueueUnavailable:
            raise
        except Exception:
            log.exception("%s could not be sent", delivery.id)
            return again(delivery.tries, "The service itself failed; its log tells how.")
        return outcome_of(delivery.tries, answer)

    async def _post(
        self, message_id: str, target: Target, body: bytes, trace: Trace | None
    ) -> Answer:
        timeouts = {"connect": CONNECT_S, "read": TOTAL_S, "write": TOTAL_S, "pool": TOTAL_S}
        answer = None
        try:
            # httpcore follows no redirects and uses no proxies or cookies; a client of httpx may.
            async with (
                asyncio.timeout(TOTAL_S),
                httpcore.AsyncConnectionPool(self._tls, network_backend=self._network) as pool,
                pool.stream(
                    "POST",
                    url_of(target),
                    headers=self._headers(message_id, target, body, trace),
                    content=body,
                    extensions={"timeout": timeouts},
                ) as response,
            ):
                answer = answer_of(response)
                await drain(response)
        except FAULTS:
            if answer is None:
                raise
        return answer

    def _headers(
        self, message_id: str, target: Target, body: bytes, trace: Trace | None
    ) -> dict[bytes | str, bytes | str]:
        now = int(time.time())
        placed: dict[bytes | str, bytes | str] = {TRACEPARENT: str(trace.child())} if trace else {}
        return placed | {
            "host": target.authority,
            "content-type": "application/json",
            "content-length": str(len(body)),
            "connection": "close",
            "user-agent": f"Purrceptron/{__version__}",
            "webhook-id": message_id,
            "webhook-timestamp": str(now),
            "webhook-signature": signature(self._keys, message_id, now, body),
        }

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        return httpx.create_ssl_context()


def answer_of(response: httpcore.Response) -> Answer:
    headers = {name.lower(): value for name, value in response.headers}
    return Answer(response.status, headers.get(b"retry-after", b"").decode("latin-1"))


async def drain(response: httpcore.Response) -> None:
    """Read the rest of the answer, up to MOST_BYTES: many servers log an error if one hangs up."""
    came = 0
    async for piece in response.aiter_stream():
        came += len(piece)
        if came >= MOST_BYTES:
            return

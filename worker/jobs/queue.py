"""The queue: how a worker is woken for a record, and which records it may claim."""

import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import redis

from worker.jobs.messages import AT_ONCE, FAILURE_TTL_S, NEVER, TASK, queue, served_queue
from worker.jobs.placement import GPU, QUEUE_NAMES, QUEUES, queue_for
from worker.jobs.presence import count_workers, served_queues
from worker.jobs.record import Record
from worker.jobs.redis_connection import redis_named


class JobQueue:
    """Sends workers the ids of queued records. A message sent twice is harmless: only one attempt
    can claim the record. Every method raises QueueUnavailable if Redis does not answer."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client
        self._queues = {name: queue(name, client) for name in QUEUE_NAMES}

    def enqueue(self, record: Record) -> None:
        """Put the record's id on the queue in which it belongs now."""
        self._send(queue_for(record, self._served()), record.id)

    @contextmanager
    def asked(self, question: str, name: str) -> Iterator[None]:
        """A worker of this queue is woken for a question. Where none has come at the end of the
        block, none will."""
        message = self._send(name, question)
        try:
            yield
        finally:
            with redis_named():
                if self._queues[name].remove(message):  # otherwise RQ still has it in hand
                    self._client.delete(f"rq:job:{message}")

    def enqueue_for_others(self, record: Record, most: int) -> None:
        """Wake up to so many of the workers that a record could have, beside the one that has it.
        Whoever comes when there is nothing to do leaves."""
        name = queue_for(record, self._served())
        with redis_named():
            there = count_workers(self._client, name)
        for _ in range(min(most, there - 1)):
            self.enqueue(record)

    def has_workers(self) -> bool:
        """Whether records of every kind have a worker."""
        served = self._served()
        return all(served & {*names} for names in QUEUES.values())

    def has_gpu_worker(self) -> bool:
        """Whether there is a worker with a graphics processor."""
        return GPU in self._served()

    def waiting(self, kind: str) -> set[str]:
        """Returns the ids that have a message in a queue with a worker; in any queue of this kind
        if none has a worker."""
        names = self._served() & {*QUEUES[kind]} or QUEUES[kind]
        return {record_id for name in names for record_id in self._ids(name)}

    def without_message(self, records: Iterable[Record]) -> list[Record]:
        """Returns the records that have no message in the queue in which they belong now."""
        if not (records := [*records]):  # as at almost every sweep, which need not ask for workers
            return []
        served = self._served()
        places = [(record, queue_for(record, served)) for record in records]
        ids = {name: self._ids(name) for name in {name for _, name in places}}
        return [record for record, name in places if record.id not in ids[name]]

    def belonging_here(self, records: Iterable[Record]) -> list[Record]:
        """Returns the records that this worker may claim: those that belong in its own queue.

        An old message can still lie in a queue in which its record no longer belongs, because the
        record now needs the other kind of device.
        """
        if not (records := [*records]):  # as nearly always, which need not ask for workers
            return []
        here = served_queue()
        served = self._served() | {here}
        return [record for record in records if not here or queue_for(record, served) == here]

    def _send(self, name: str, record_id: str) -> str:
        """Returns the id of the message."""
        message = f"{record_id}-{secrets.token_hex(4)}"
        with redis_named():
            self._queues[name].enqueue_call(
                TASK,
                args=(record_id,),
                job_id=message,
                timeout=NEVER,
                # RQ must forget the message once it is done: the record is the truth.
                result_ttl=AT_ONCE,
                failure_ttl=FAILURE_TTL_S,
            )
        return message

    def _served(self) -> set[str]:
        with redis_named():
            return served_queues(self._client)

    def _ids(self, name: str) -> set[str]:
        with redis_named():
            messages: Any = self._client.lrange(self._queues[name].key, 0, -1)
        # Anybody may have put bytes there that are no text.
        return {m.decode("utf-8", "replace").rpartition("-")[0] for m in messages}

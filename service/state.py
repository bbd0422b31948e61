"""What the API holds from its start to its end."""

from anyio import CapacityLimiter

from service.middleware.limits import HeldBodies
from service.responses.transfers import Transfers
from service.server.connections import Connections
from service.settings import ServiceSettings
from service.streaming.broadcaster import Broadcaster
from service.streaming.waiting import Waiting
from service.webhooks.sender import Sender
from worker.data.pictures.pool import DecoderPool, Observe
from worker.errors import QueueUnavailable, StoreFull
from worker.jobs.archiver import Archiver
from worker.jobs.deletion import Deletion
from worker.jobs.events import EventLog
from worker.jobs.idempotency import Keys
from worker.jobs.outbox import Outbox
from worker.jobs.queue import JobQueue
from worker.jobs.reaper import Reaper
from worker.jobs.redis_connection import connect
from worker.jobs.transitions import open_records
from worker.operations.datasets import Datasets
from worker.operations.jobs import Jobs
from worker.operations.models import Models
from worker.serving.predictor import Predictor
from worker.store.store import Store
from worker.system.machine import cores


class AppState:
    """Everything that routes call; nothing is connected before it is used."""

    def __init__(self, settings: ServiceSettings, observe: Observe) -> None:
        if settings.redis_url is None:
            raise ValueError("PURR_REDIS_URL is not set. Set it, or start everything by `purr up`.")
        client = connect(settings.redis_url)
        records = open_records(client)
        self.settings = settings
        self.store = Store(settings.data_dir, settings.min_free_bytes)
        self.job_queue = JobQueue(connect(settings.redis_url, text=False))
        archiver = Archiver(client, records, self.store)
        self.datasets = Datasets(
            records["ds"], Deletion(client), self.job_queue, self.store, archiver, settings
        )
        self.jobs = Jobs(
            records["job"],
            records["ds"],
            Keys(client),
            self.job_queue,
            self.store,
            archiver,
            settings,
        )
        self.models = Models(self.store.models, settings.default_model)
        self.predictor = Predictor(self.store.models, settings)
        self.decoders = DecoderPool(settings, observe, ready=True)
        self.connections = Connections(settings)
        self.bodies = HeldBodies(settings.max_bodies_bytes)
        self.transfers = Transfers(settings.max_transfers)
        # What keeps a core busy for long; all else finds a thread at once.
        self.computing = CapacityLimiter(cores() + 1)
        self.looking = CapacityLimiter(1)  # where Redis hangs, whoever looks must not fill threads
        events = self.store.archive.events
        self.broadcaster = Broadcaster(EventLog(settings.redis_url), events, settings.max_streams)
        self.waiting = Waiting(self.broadcaster, self.jobs)
        self.outbox = Outbox(connect(settings.redis_url))
        self.sender = Sender(self.outbox, records["job"], settings)
        self.reaper = Reaper(records, self.job_queue, archiver, settings.max_attempts)

    def away(self) -> list[str]:
        """Which of the things that the service needs are not there."""
        away = []
        try:
            self.store.space.check()
        except (OSError, StoreFull):
            away.append("store")
        try:
            away += [] if self.job_queue.has_workers() else ["workers"]
        except QueueUnavailable:
            away.append("redis")
        return away

"""The worker's rooms, opened for the API."""

from anyio import CapacityLimiter

from service.connections import Connections
from service.events import Hub
from service.limits import HeldBodies
from service.settings import ServiceSettings
from service.transfers import Transfers
from service.waiting import Waiting
from service.webhooks import Sender
from worker.connection import connect
from worker.data.decoder_pool import DecoderPool, Observe
from worker.datasets import Datasets
from worker.deletion import Deletion
from worker.errors import QueueUnavailable, StoreFull
from worker.events import EventLog
from worker.filing import Filing
from worker.idempotency import Keys
from worker.jobs import Jobs
from worker.machine import cores
from worker.predict import Predictor
from worker.queue import Bell
from worker.reaper import Reaper
from worker.records import open_records
from worker.store import Store
from worker.webhooks import Outbox


class Rooms:
    """Everything that routes call; nothing is connected before it is used."""

    def __init__(self, settings: ServiceSettings, observe: Observe) -> None:
        if settings.redis_url is None:
            raise ValueError("PURR_REDIS_URL is not set. Set it, or start everything by `purr up`.")
        client = connect(settings.redis_url)
        records = open_records(client)
        self.settings = settings
        self.store = Store(settings.data_dir, settings.min_free_bytes)
        self.bell = Bell(connect(settings.redis_url, text=False))
        filing = Filing(client, records, self.store)
        self.datasets = Datasets(
            records["ds"], Deletion(client), self.bell, self.store, filing, settings
        )
        self.jobs = Jobs(
            records["job"], records["ds"], Keys(client), self.bell, self.store, filing, settings
        )
        self.predictor = Predictor(self.store, settings)
        self.decoders = DecoderPool(settings, observe, ready=True)
        self.connections = Connections(settings)
        self.bodies = HeldBodies(settings.max_bodies_bytes)
        self.transfers = Transfers(settings.max_transfers)
        # What keeps a core busy for long; all else finds a thread at once.
        self.computing = CapacityLimiter(cores() + 1)
        self.looking = CapacityLimiter(1)  # where Redis hangs, whoever looks must not fill threads
        events = self.store.archive.events
        self.hub = Hub(EventLog(settings.redis_url), events, settings.max_streams)
        self.waiting = Waiting(self.hub, self.jobs)
        self.outbox = Outbox(connect(settings.redis_url))
        self.sender = Sender(self.outbox, records["job"], settings)
        self.reaper = Reaper(records, self.bell, filing, settings.max_attempts)

    def away(self) -> list[str]:
        """Which of the things that the service needs are not there."""
        away = []
        try:
            self.store.check_space()
        except (OSError, StoreFull):
            away.append("store")
        try:
            away += [] if self.bell.attended() else ["workers"]
        except QueueUnavailable:
            away.append("redis")
        return away

"""What the API holds from its start to its end."""

from anyio import CapacityLimiter

from service.middleware.limits import HeldBodies
from service.responses.transfers import Transfers
from service.server.connections import Connections
from service.settings import ServiceSettings
from service.streaming.broadcaster import Broadcaster
from service.streaming.held_answers import HeldAnswers
from service.submissions import Submissions
from service.webhooks.webhooks import Webhooks
from worker.data.pictures.pool import DecoderPool, Observe
from worker.jobs.archiver import Archiver
from worker.jobs.events import EventLog
from worker.jobs.idempotency import Keys
from worker.jobs.outbox import Outbox
from worker.jobs.queue import JobQueue
from worker.jobs.reaper import Reaper
from worker.jobs.redis_connection import connect
from worker.jobs.room import Room
from worker.jobs.transitions import open_records
from worker.jobs.trash import Trash
from worker.operations.datasets import Datasets
from worker.operations.jobs import Jobs
from worker.operations.models import Models
from worker.serving.predictor import Predictor
from worker.store.store import Store
from worker.system.machine import cores


class AppState:
    """Everything that routes call, made once; nothing is connected before it is used.

    Args:
        observe: is told of each picture that is decoded or refused.

    Attributes:
        store, job_queue: where files are kept, and where workers take jobs from.
        datasets, jobs, submissions, predictor: the operations.
        decoders: the processes that decode pictures.
        broadcaster, held_answers: what followers of jobs are told, and when.
        webhooks: the messages about jobs' ends.
        connections, bodies, transfers: what is counted, since there may only be so much of it.
        computing, looking: the threads for long computations, and for what asks Redis about load.
        reaper: finds lost jobs.

    Raises:
        ValueError: the settings name no Redis.
    """

    def __init__(self, settings: ServiceSettings, observe: Observe) -> None:
        if settings.redis_url is None:
            raise ValueError("PURR_REDIS_URL is not set. Set it, or start everything by `purr up`.")
        client = connect(settings.redis_url)
        records = open_records(client)
        self.settings = settings
        self.store = Store(settings.data_dir, settings.min_free_bytes, settings.max_store_bytes)
        self.job_queue = JobQueue(connect(settings.redis_url, text=False))
        archiver = Archiver(client, records, self.store)
        trash = Trash(client, records["ds"], self.store, archiver)
        room = Room(trash, records, self.store)
        self.datasets = Datasets(
            records["ds"], trash, room, self.job_queue, self.store, archiver, settings
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
        self.reaper = Reaper(client, records, self.job_queue, self.store, settings.max_attempts)
        self.webhooks = Webhooks(Outbox(connect(settings.redis_url)), records["job"], settings)
        self.submissions = Submissions(self.jobs, self.webhooks)
        self.models = Models(self.store.models, settings.default_model)
        self.predictor = Predictor(self.store.models, settings)
        self.decoders = DecoderPool(settings, observe, ready=True)
        events = EventLog(settings.redis_url)
        self.broadcaster = Broadcaster(events, self.store.archive.events, settings.max_streams)
        self.held_answers = HeldAnswers(self.broadcaster, self.jobs)
        self.connections = Connections(settings)
        self.bodies = HeldBodies(settings.max_bodies_bytes)
        self.transfers = Transfers(settings.max_transfers)
        # A limit of their own, so that all else finds a thread at once while these compute.
        self.computing = CapacityLimiter(cores() + 1)
        # Where Redis hangs, whoever asks for the load must not take up all threads.
        self.looking = CapacityLimiter(1)

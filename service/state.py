"""What the API holds from its start to its end."""

from service.live_answers import LiveAnswers
from service.middleware.answering_limit import Answering
from service.middleware.limits import HeldBodies
from service.outbound.fetcher import Fetcher
from service.responses.transfers import Transfers
from service.server.connections import Connections
from service.settings import ServiceSettings
from service.streaming.broadcaster import Broadcaster
from service.streaming.held_answers import HeldAnswers
from service.submissions import Submissions
from service.threads import Threads
from service.webhooks.webhooks import Webhooks
from worker.data.children.pool import Observe
from worker.data.pictures.pool import DecoderPool
from worker.export.exports import Exports
from worker.jobs.api_keys import KeyRecords
from worker.jobs.archiver import Archiver
from worker.jobs.events import EventLog
from worker.jobs.idempotency import Keys
from worker.jobs.outbox import Outbox
from worker.jobs.questions import Questions
from worker.jobs.queue import JobQueue
from worker.jobs.queue_wait import QueueWaits
from worker.jobs.reaper import Reaper
from worker.jobs.record import DELETABLE
from worker.jobs.redis_connection import connect
from worker.jobs.room import Room
from worker.jobs.transitions import open_records
from worker.jobs.trash import Trash
from worker.operations.api_keys import ApiKeys
from worker.operations.backbones import Backbones
from worker.operations.dataset_views import DatasetViews
from worker.operations.datasets import Datasets
from worker.operations.deleted_models import DeletedModels
from worker.operations.estimates import Estimates
from worker.operations.jobs import Jobs
from worker.operations.labelling import Labelling
from worker.operations.models import Models
from worker.operations.promotions import Promotions
from worker.operations.resumable_uploads import ResumableUploads
from worker.operations.schedules import Schedules
from worker.operations.scorings import Scorings
from worker.operations.sweeps import Sweeps
from worker.operations.uploaded_scorings import UploadedScorings
from worker.operations.versions import Versions
from worker.operations.wrong_answers import WrongAnswers
from worker.serving.loaded_backbones import LoadedBackbones
from worker.serving.nearest import TrainingRows
from worker.serving.predictor import Predictor
from worker.store.store import Store


class AppState:
    """Everything that routes call, made once; nothing is connected before it is used.

    Args:
        observe: is told of each picture that is decoded or refused.

    Attributes:
        store, job_queue: where files are kept, and where workers take jobs from.
        datasets, backbones, views, resumable_uploads, versions, jobs, estimates, sweeps, schedules,
            scorings, uploaded_scorings, submissions, models, deleted_models, promotions, labelling,
            wrong_answers, predictor: the operations.
        live_answers: what models have answered, and what comes of that.
        exports: models for others to take away.
        decoders, loaded_backbones: the processes that decode pictures, and those that make features
            of them.
        broadcaster, held_answers: what followers of jobs are told, and when.
        fetcher: gets files from other servers.
        webhooks: the messages about jobs' ends.
        connections, bodies, answering, transfers: what is counted, since there may only be so much
            of it.
        threads: how many do at a time what takes long.
        reaper: finds lost jobs.
        api_keys: who may ask for what.

    Raises:
        ValueError: the settings name no Redis.
    """

    def __init__(self, settings: ServiceSettings, observe: Observe) -> None:
        client = connect(url := redis_url_of(settings))
        records, self.settings = open_records(client), settings
        self.store = Store(settings.data_dir, settings.min_free_bytes, settings.max_store_bytes)
        self.job_queue = JobQueue(connect(url, text=False))
        archiver = Archiver(client, records, self.store)
        trashes = {kind: Trash(client, records[kind], self.store, archiver) for kind in DELETABLE}
        room = Room(trashes["ds"], records, self.store)
        shared = self.job_queue, self.store, archiver, settings
        self.datasets = Datasets(records["ds"], trashes["ds"], room, *shared)
        self.backbones = Backbones(records["bb"], trashes["bb"], room, *shared)
        self.views = DatasetViews(self.datasets, self.store.datasets)
        self.versions = Versions(self.datasets, self.store)
        self.jobs = Jobs(records, Keys(client), *shared)
        self.sweeps = Sweeps(records, self.jobs, Keys(client), *shared[:-1])
        self.schedules = Schedules(records, self.jobs, Keys(client), self.store)
        asking = Questions(client), QueueWaits(client, records), self.job_queue
        self.estimates = Estimates(*asking, self.jobs, self.store, settings)
        self.scorings = Scorings(records, trashes["pred"], room, Keys(client), *shared[:-1])
        self.uploaded_scorings = UploadedScorings(records["pred"], trashes["pred"], room, *shared)
        imports = {"ds": self.datasets, "pred": self.uploaded_scorings}
        self.resumable_uploads = ResumableUploads(self.store.uploads, imports, room, settings)
        self.reaper = Reaper(client, records, self.job_queue, self.store, settings.max_attempts)
        self.webhooks = Webhooks(Outbox(connect(url)), records["job"], settings)
        self.submissions = Submissions(self.jobs, self.estimates, self.webhooks)
        self.promotions, self.labelling = Promotions(self.store), Labelling(self.store, records)
        self.deleted_models = DeletedModels(self.store, records, settings.trash_days)
        self.fetcher, self.models = Fetcher(settings), Models(self.store, settings.default_model)
        self.wrong_answers, self.training_rows = WrongAnswers(self.store), TrainingRows(self.store)
        kept = self.store, settings
        self.predictor, self.live_answers = Predictor(*kept), LiveAnswers(*kept)
        self.exports, self.decoders = Exports(*kept), DecoderPool(settings, observe, ready=True)
        self.loaded_backbones = LoadedBackbones(self.store.backbones, settings)
        events = EventLog(url), self.store.archive.events
        self.broadcaster = Broadcaster(*events, settings.max_streams)
        self.held_answers = HeldAnswers(self.broadcaster, self.jobs)
        self.connections, self.bodies = Connections(settings), HeldBodies(settings.max_bodies_bytes)
        self.api_keys, self.threads = ApiKeys(self.store.api_keys, KeyRecords(client)), Threads()
        self.answering = Answering(settings.max_predictions)
        self.transfers = Transfers(settings.max_transfers)


def redis_url_of(settings: ServiceSettings) -> str:
    """Returns where Redis is.

    Raises:
        ValueError: the settings do not say.
    """
    if settings.redis_url is None:
        raise ValueError("PURR_REDIS_URL is not set. Set it, or start everything by `purr up`.")
    return settings.redis_url

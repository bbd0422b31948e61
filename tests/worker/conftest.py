"""What tests of the worker may ask for."""

import signal
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from pathlib import Path

import h5py
import pytest
import redis
from onnx import ModelProto
from threadpoolctl import threadpool_limits

from service.launcher.valkey import Valkey
from tests.worker.data.backbones.networks import network
from tests.worker.doctor.patients import dataset
from tests.worker.feature_jobs import ready_backbone, ready_photos
from tests.worker.nn.engines.comparing import DeviceOf
from tests.worker.nn.engines.simulated.device import SimulatedDevice
from tests.worker.scheduling import Scheduling
from tests.worker.sweeping import Sweeping
from worker.data import sketches
from worker.data.backbones.options import BackboneOptions
from worker.data.dataset import Dataset
from worker.jobs.attempt import Attempt
from worker.jobs.queue import JobQueue
from worker.jobs.record import Record, new_id
from worker.jobs.redis_connection import connect
from worker.jobs.transitions import Transitions, open_records
from worker.jobs.trash import Trash
from worker.operations.backbones import Backbones
from worker.settings import Settings
from worker.store.store import Store
from worker.tasks.context import WorkerContext
from worker.training import loop

Sent = Callable[..., Record]


def cuda() -> DeviceOf:
    cupy = pytest.importorskip("cupy", reason="no graphics processor")
    try:
        cupy.cuda.runtime.getDeviceCount()
    except cupy.cuda.runtime.CUDARuntimeError:
        pytest.skip("no graphics processor")
    from worker.nn.engines.gpu.cuda import Cuda

    return Cuda


@pytest.fixture(params=["simulated", pytest.param("cuda", marks=pytest.mark.gpu)])
def device_of(request: pytest.FixtureRequest) -> DeviceOf:
    """Makes a device for a dtype: one that only keeps CUDA's rules, and one of CUDA's if it can."""
    return cuda() if request.param == "cuda" else SimulatedDevice


@pytest.fixture
def one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Steps are taken one by one, and after each of them the watcher is asked."""
    monkeypatch.setattr(loop, "AT_ONCE_S", 0.0)


@pytest.fixture
def jobs(client: redis.Redis) -> Transitions:
    return open_records(client)["job"]


@pytest.fixture
def job(jobs: Transitions) -> str:
    """The id of a job that waits."""
    return jobs.create(new_id("job"), {"model": "cats"}).id


@pytest.fixture
def raw(client: redis.Redis, valkey: Valkey) -> Iterator[redis.Redis]:
    """A client as RQ wants it, of the same empty server."""
    with connect(valkey.url, text=False) as connection:
        yield connection


@pytest.fixture
def context(
    client: redis.Redis, valkey: Valkey, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[WorkerContext]:
    """An empty Redis and store, which a task finds by its settings."""
    monkeypatch.setenv("PURR_REDIS_URL", valkey.url)
    monkeypatch.setenv("PURR_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("PURR_MIN_FREE_BYTES", "0")
    monkeypatch.setenv("PURR_WORKER_THREADS", "1")
    monkeypatch.setenv("RQ_WORKER_ID", "here")
    # A job in a test's own process has not that process to itself.
    monkeypatch.setattr("worker.tasks.job.limited", lambda job: nullcontext())
    handler = signal.getsignal(signal.SIGTERM)
    made = WorkerContext(Settings())
    yield made
    made.redis.close()
    signal.signal(signal.SIGTERM, handler)


@pytest.fixture
def unchecked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Gradients are not checked, which takes longer than small jobs."""
    monkeypatch.setenv("PURR_GRADIENT_CHECK", "false")


@pytest.fixture
def sweeping(unchecked: None, context: WorkerContext, raw: redis.Redis) -> Sweeping:
    return Sweeping(context, raw)


@pytest.fixture
def scheduling(context: WorkerContext, raw: redis.Redis) -> Scheduling:
    return Scheduling(context, raw)


@pytest.fixture
def backbones(context: WorkerContext, raw: redis.Redis) -> Backbones:
    """What the API calls, with a Redis that certainly knows all records."""
    records, store = context.records["bb"], context.store
    trash = Trash(context.redis, records, store, context.archiver)
    settings = context.settings
    context.recovery.fill()
    return Backbones(records, trash, context.room, JobQueue(raw), store, context.archiver, settings)


@pytest.fixture
def sent(backbones: Backbones) -> Sent:
    """Sends a network, and returns the record of its import."""

    def send(model: ModelProto | None = None, name: str = "small", **options: str) -> Record:
        with backbones.receive() as (backbone_id, upload):
            upload.begin("small.onnx")
            upload.write((model or network()).SerializeToString())
            asked = BackboneOptions.model_validate(options)
            return backbones.accept_network(backbone_id, upload, name, asked)

    return send


@pytest.fixture
def backbone(context: WorkerContext, tmp_path: Path) -> Record:
    """One that is ready."""
    return ready_backbone(context, tmp_path)


@pytest.fixture
def photos(context: WorkerContext, tmp_path: Path) -> Record:
    """A dataset of files of pictures that is ready."""
    return ready_photos(context, tmp_path)


@pytest.fixture(scope="session", name="sketches")
def drawn() -> Dataset:
    return dataset(*sketches.draw(train_rows=200, test_rows=120, size=32))


@pytest.fixture(scope="session", name="course's pictures")
def photographed(course: tuple[Path, Path]) -> Dataset:
    arrays = []
    for path, split in zip(course, ("train", "test"), strict=True):
        with h5py.File(path) as file:
            arrays += [file[f"{split}_set_x"][:], file[f"{split}_set_y"][:].astype("int64")]
    return dataset(*arrays)


@pytest.fixture(scope="module")
def one_thread() -> Iterator[None]:
    """Products as small as these take longer on many threads, and very long on a busy machine."""
    with threadpool_limits(1):
        yield


@pytest.fixture
def attempt(jobs: Transitions) -> Attempt:
    return Attempt(jobs, jobs.claim(jobs.create(new_id("job"), {}).id, "w", 60), 60)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path)

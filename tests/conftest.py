"""What every test may ask for."""

import gc
import os
import shutil
import signal
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis

from service.launcher.launcher import Launcher
from service.launcher.valkey import Valkey
from service.settings import ServiceSettings
from tests.service.api import Api
from worker.data import sketches
from worker.data.hdf5 import reader
from worker.jobs.redis_connection import connect

Eventually = Callable[[Callable[[], object]], None]

FAULTS = Path(__file__).parent / "faults"
COURSE = Path(__file__).parents[2] / "shared" / "data"


def pytest_configure(config: pytest.Config) -> None:
    # A shell's background jobs ignore it, and so would all that they start.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    # Each export takes a second, which the tests of exports alone have.
    os.environ["PURR_EXPORT_MODELS"] = "false"
    # Coverage looks at the processes in which tests run, and not at what these start: that is as
    # quick as it is.
    if config.getoption("numprocesses", None) is None:
        for name in ("COVERAGE_PROCESS_START", "COVERAGE_PROCESS_CONFIG"):
            os.environ.pop(name, None)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # The whole service is broken last: what else is wrong is known by then, and quicker.
    items.sort(key=lambda item: FAULTS in item.path.parents)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many seconds the tests of each folder took; those of several cores add up."""
    took: defaultdict[str, float] = defaultdict(float)
    for reports in terminalreporter.stats.values():
        for report in reports:
            if isinstance(report, pytest.TestReport):
                took[report.nodeid.partition("::")[0].rpartition("/")[0]] += report.duration
    if len(took) > 1:
        terminalreporter.section("seconds by folder")
        for folder, seconds in sorted(took.items()):
            terminalreporter.write_line(f"{seconds:8.1f} {folder}")


@pytest.fixture(scope="module", autouse=True)
def _little_to_look_through() -> None:
    """What lives already is not looked through again, as in a worker's child.

    Each training ends with a collection, which takes a second in a process that has run for long.
    """
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def course() -> tuple[Path, Path]:
    """The course's training and test files."""
    train, test = needed("train_catvnoncat.h5", "test_catvnoncat.h5")
    return train, test


@pytest.fixture(scope="session")
def pets() -> Path:
    """Photos of cats and dogs."""
    return needed("pets.zip")[0]


@pytest.fixture(scope="session")
def mobilenet() -> Path:
    """A network that has seen many pictures."""
    return needed("mobilenet_v2_features.onnx")[0]


def needed(*names: str) -> list[Path]:
    """Files that are not part of the project; without them a test is skipped."""
    found = [COURSE / name for name in names]
    if not all(path.is_file() for path in found):
        pytest.skip(f"needs {' and '.join(names)} in ../{COURSE.parent.name}/{COURSE.name}")
    return found


def short_folder() -> Iterator[Path]:
    """A folder whose path is short enough for a Unix socket in it, as pytest's own may not be."""
    path = Path(tempfile.mkdtemp(prefix="purr-", dir="/tmp"))
    yield path
    shutil.rmtree(path, ignore_errors=True)


folder = pytest.fixture(short_folder, name="folder")
shared_folder = pytest.fixture(short_folder, scope="session", name="shared_folder")


@pytest.fixture(scope="session")
def valkey(shared_folder: Path) -> Iterator[Valkey]:
    """A server of the test run's own."""
    server = Valkey(shared_folder / "redis", shared_folder / "valkey.log")
    server.start()
    yield server
    server.stop()


@pytest.fixture
def client(valkey: Valkey) -> Iterator[redis.Redis]:
    """A client of an empty server."""
    client = connect(valkey.url)
    client.flushall()
    yield client
    client.close()


@pytest.fixture(scope="session")
def drawings(shared_folder: Path) -> list[Path]:
    """Built-in pictures in two small HDF5 files, as a user would upload them."""
    drawn = sketches.draw(seed=1, train_rows=80, test_rows=20)
    files = [shared_folder / "train.h5", shared_folder / "test.h5"]
    classes = list(sketches.CLASSES)
    reader.write(files[0], "train", drawn.train_x, drawn.train_y, classes)
    reader.write(files[1], "test", drawn.test_x, drawn.test_y, classes)
    return files


@contextmanager
def running_service(folder: Path) -> Iterator[Launcher]:
    """The whole service as `purr up` runs it, with a short lease so that losses show soon."""
    settings = ServiceSettings(
        port=0,
        data_dir=folder / "data",
        lease_s=2,
        min_free_bytes=0,
        # Beside other work, two threads that wait for each other take far longer than one.
        worker_threads=1,
    )
    ended = threading.Event()
    with Launcher(settings) as running:
        watching = threading.Thread(target=running.watch, args=(ended,))
        watching.start()
        yield running
        ended.set()
        watching.join()


@pytest.fixture(scope="session")
def launcher(shared_folder: Path) -> Iterator[Launcher]:
    """The whole service; tests that kill a part of it run one of their own."""
    with running_service(shared_folder) as launcher:
        yield launcher


@pytest.fixture(scope="session")
def api(launcher: Launcher) -> Iterator[Api]:
    """An HTTP client of the whole service."""
    with Api.at(launcher.address) as api:
        yield api


@pytest.fixture(scope="session")
def dataset(api: Api, drawings: list[Path]) -> str:
    """The id of a dataset that is ready."""
    return str(api.upload(drawings)["id"])


@pytest.fixture
def eventually() -> Eventually:
    """Waits until something is true; fails when it is not within half a minute."""

    def wait(true: Callable[[], object]) -> None:
        until = time.monotonic() + 30
        while not true():
            assert time.monotonic() < until, "it did not come true within 30 s"
            time.sleep(0.02)

    return wait

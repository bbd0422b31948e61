"""The worker's front door: which queue it serves."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.worker.scorings import asked, ready_to_score
from tests.worker.working import DATASET, publish_dataset, submitted
from worker.__main__ import run, served
from worker.jobs.questions import QUESTION, Questions
from worker.jobs.record import State, new_id
from worker.settings import Settings
from worker.store.version import FILE
from worker.system.confinement import landlock
from worker.tasks.context import WorkerContext


def without_gpu() -> str | None:
    return None


def with_gpu() -> str | None:
    return "NVIDIA H200"


def never_asked() -> str | None:
    raise AssertionError("nobody wanted to know")


def test_who_has_a_graphics_processor_serves_its_queue() -> None:
    assert served("train", Settings(), with_gpu) == "gpu"


def test_who_has_none_serves_the_others() -> None:
    assert served("train", Settings(), without_gpu) == "train"


def test_a_graphics_processor_that_is_to_be_left_alone_is_not_even_looked_for() -> None:
    assert served("train", Settings(device="cpu"), never_asked) == "train"


def test_imports_need_no_graphics_processor() -> None:
    assert served("import", Settings(), never_asked) == "import"


def test_there_is_no_other_work() -> None:
    with pytest.raises(ValueError, match="train"):
        run("gpu", Settings())


def test_kernels_are_not_kept_where_jobs_can_write(tmp_path: Path) -> None:
    place = tmp_path / "jobs" / "kernels"
    env = os.environ | {"PURR_DATA_DIR": str(tmp_path), "PURR_KERNEL_DIR": str(place)}
    env["PURR_REDIS_URL"] = "unix:///nowhere"
    command = [sys.executable, "-m", "worker", "import"]
    ended = subprocess.run(command, capture_output=True, text=True, env=env, timeout=60)
    assert ended.returncode == 1
    assert f"{place} lies in {tmp_path}/jobs: name another one" in ended.stderr


def test_a_store_of_a_newer_release_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text('{"version": 99, "release": "9.1"}')
    env = os.environ | {"PURR_DATA_DIR": str(tmp_path), "PURR_REDIS_URL": "unix:///nowhere"}
    command = [sys.executable, "-m", "worker", "import"]
    ended = subprocess.run(command, capture_output=True, text=True, env=env, timeout=60)
    assert ended.returncode == 3
    assert "got version 99, which release 9.1 has written. Run that release" in ended.stderr
    assert "Traceback" not in ended.stderr


CONFINED = """
import sys
from pathlib import Path
from worker.__main__ import confine
from worker.store.store import Store

root = Path(sys.argv[1])
store = Store(root)
store.lineages.reserve("ds_1", "ds_2", "asked", bool)
confine(store)
store.forget_lineage("ds_1")
for place in ("jobs/a", "models/b", "imports/c", "kernels/d", "redis/e", "f", "../g"):
    try:
        (root / place).write_text("x")
        print("done")
    except PermissionError:
        print("refused")
print((root / "kernels" / "old").read_text())
Path("/dev/null").write_text("x")
"""


@pytest.mark.skipif(not landlock.version(), reason="needs a kernel with Landlock")
def test_a_worker_child_writes_to_the_store_and_not_to_the_kernels(tmp_path: Path) -> None:
    for name in ("kernels", "redis"):
        (tmp_path / "data" / name).mkdir(parents=True)
    (tmp_path / "data" / "kernels" / "old").write_text("kernel")
    command = [sys.executable, "-c", CONFINED, str(tmp_path / "data")]
    found = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    assert found == ["done"] * 3 + ["refused"] * 4 + ["kernel"]


# The child of a worker is this process, from where the worker would wait for messages.
CHILD = """
import sys
from worker.__main__ import queue_worker, run
from worker.settings import Settings
from worker.tasks import context

def child(queue, *_):
    assert queue == "train"
    context.WorkerContext = None  # it has that of its worker, and makes none
    loaded = set(sys.modules)
    sys.modules["worker.tasks.entry"].perform(sys.argv[1])
    print(*sorted(set(sys.modules) - loaded))

queue_worker.work = child
run("train", Settings(device="cpu"))
"""


@pytest.mark.parametrize("kind", ["job", "pred"])
def test_a_worker_child_has_all_that_a_record_needs(context: WorkerContext, kind: str) -> None:
    ready_to_score(context)
    record = submitted(context) if kind == "job" else asked(context)
    command = [sys.executable, "-c", CHILD, record]
    found = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    assert context.records[kind].get(record).state is State.SUCCEEDED
    assert found == []


def test_a_worker_child_has_all_that_a_question_needs(context: WorkerContext) -> None:
    publish_dataset(context.store)
    questions, question = Questions(context.redis), new_id(QUESTION)
    spec = {"dataset": DATASET, "epochs": 2, "network": {"hidden_units": [4]}}
    questions.ask(question, {"spec": spec, "seconds": 60})
    command = [sys.executable, "-c", CHILD, question]
    found = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    assert (questions.told(question) or {})["problem"] is None
    assert found == []

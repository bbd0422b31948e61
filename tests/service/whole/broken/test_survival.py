"""Whatever dies, a record tells the truth; on a service of these tests' own, for it is killed."""

import os
import signal
import time
from pathlib import Path

import pytest

from service.launcher.launcher import Launcher
from tests.conftest import Eventually
from tests.service.api import Api
from tests.service.launcher.children import horses, pid
from tests.service.wait import wait_until
from worker.jobs.redis_connection import connect

LONG = {"epochs": 1_000_000, "batch_size": 1}  # more than any test waits for


@pytest.fixture(scope="module")
def dataset(api: Api, drawings: list[Path]) -> str:
    return str(api.upload(drawings)["id"])


@pytest.mark.parametrize("victim", ["trainer", "worker"])
def test_a_killed_worker_leaves_no_job_running_for_ever(
    api: Api, launcher: Launcher, dataset: str, eventually: Eventually, victim: str
) -> None:
    job = api.submit(dataset=dataset, **LONG)["id"]
    for attempt in (1, 2, 3):  # each killed before its first checkpoint
        path = f"/v1/jobs/{job}"
        api.poll(path, lambda body: body["attempt"] == attempt and body["progress"])  # noqa: B023
        (horse,) = horses(launcher, "train-1")
        os.kill(horse if victim == "trainer" else pid(launcher, "train-1"), signal.SIGKILL)
        eventually(lambda: not Path(f"/proc/{horse}").exists())  # noqa: B023
    last = api.finished(job)
    assert last["state"] == "failed"
    assert last["problem"]["code"] == "worker_lost"
    cause = "signal 9" if victim == "trainer" else "no sign of life"
    assert cause in last["problem"]["detail"]
    assert api.train(dataset=dataset, epochs=1)["attempt"] == 1


def newest_checkpoint(launcher: Launcher, job: str) -> int:
    """The epoch of the job's newest checkpoint; 0 if it has none."""
    folder = launcher.settings.data_dir / "jobs" / job / "checkpoints"
    return max((int(path.name.split("-")[0]) for path in folder.glob("*.safetensors")), default=0)


def test_a_job_that_is_killed_every_few_seconds_gets_on(
    api: Api, launcher: Launcher, dataset: str, eventually: Eventually
) -> None:
    job = api.submit(dataset=dataset, **LONG)["id"]
    path, done = f"/v1/jobs/{job}", 0
    for attempt in (1, 2, 3):
        api.poll(path, lambda body: body["attempt"] == attempt)  # noqa: B023
        eventually(lambda: newest_checkpoint(launcher, job) > done)  # noqa: B023
        done = newest_checkpoint(launcher, job)
        api.poll(path, lambda body: body["progress"]["epoch"] > done)  # noqa: B023
        (horse,) = horses(launcher, "train-1")
        os.kill(horse, signal.SIGKILL)
    last = api.poll(path, lambda body: body["attempt"] == 4 and body["progress"]["epoch"] > done)
    assert last["state"] == "running"
    api.http.post(f"{path}/cancel")
    assert api.finished(job)["state"] == "cancelled"


def test_a_worker_that_is_told_to_stop_gives_its_job_back_and_nothing_of_it_is_lost(
    api: Api, launcher: Launcher, dataset: str
) -> None:
    job = api.submit(dataset=dataset, **LONG)["id"]
    path = f"/v1/jobs/{job}"
    before = api.poll(path, lambda body: body["progress"] and body["progress"]["epoch"] > 20)
    os.kill(pid(launcher, "train-1"), signal.SIGTERM)
    again = api.poll(
        path, lambda body: body["attempt"] == 2 and body["progress"] != before["progress"]
    )
    assert again["problem"] is None
    assert again["progress"]["epoch"] > before["progress"]["epoch"]
    rows = api.http.get(f"{path}/metrics").json()["data"]
    assert [row["epoch"] for row in rows] == list(range(1, len(rows) + 1))
    api.http.post(f"{path}/cancel")
    assert api.finished(job)["state"] == "cancelled"


def test_a_job_cut_by_its_worker_ends_in_the_bytes_of_one_that_was_not(
    api: Api, launcher: Launcher, dataset: str
) -> None:
    spec = {"epochs": 150, "batch_size": 8, "network": {"hidden_units": [16], "dropout": 0.2}}
    whole = api.train(dataset=dataset, model="whole", **spec)
    job = api.submit(dataset=dataset, model="cut", **spec)["id"]
    api.poll(f"/v1/jobs/{job}", lambda body: body["progress"] and body["progress"]["epoch"] > 9)
    os.kill(pid(launcher, "train-1"), signal.SIGTERM)
    cut = api.finished(job)
    assert cut["attempt"] == 2
    assert cut["result"] == whole["result"]
    whole_weights, cut_weights = (
        api.http.get(f"/v1/models/{name}/versions/1/weights.safetensors").content
        for name in ("whole", "cut")
    )
    assert whole_weights == cut_weights


def test_a_killed_api_comes_back_and_has_forgotten_nothing(
    api: Api, launcher: Launcher, dataset: str, eventually: Eventually
) -> None:
    job = api.train(dataset=dataset, epochs=1)
    before = pid(launcher, "api")
    os.kill(before, signal.SIGKILL)
    eventually(lambda: pid(launcher, "api") != before)
    assert api.http.get(f"/v1/jobs/{job['id']}").json() == job


def test_a_killed_valkey_comes_back_and_has_forgotten_nothing(
    api: Api, launcher: Launcher, dataset: str, eventually: Eventually
) -> None:
    job = api.train(dataset=dataset, epochs=1)
    before = pid(launcher, "valkey")
    os.kill(before, signal.SIGKILL)
    eventually(lambda: pid(launcher, "valkey") != before)
    eventually(lambda: api.http.get("/readyz").status_code == 200)
    assert api.http.get(f"/v1/jobs/{job['id']}").json() == job
    api.train(dataset=dataset, epochs=1)


def test_a_wiped_valkey_is_filled_again_and_the_job_ends_in_the_same_bytes(
    api: Api, launcher: Launcher, dataset: str
) -> None:
    spec = {"epochs": 400, "batch_size": 8, "network": {"hidden_units": [16], "dropout": 0.2}}
    whole = api.train(dataset=dataset, model="unwiped", **spec)
    before = api.http.get(f"/v1/jobs/{whole['id']}").content
    job = api.submit(dataset=dataset, model="wiped", **spec)["id"]
    api.poll(f"/v1/jobs/{job}", lambda body: body["progress"] and body["progress"]["epoch"] > 9)
    with connect(f"unix://{launcher.settings.redis_dir / 'valkey.sock'}") as client:
        client.flushall()
    path = f"/v1/jobs/{job}"
    wait_until(lambda: api.http.get(path).status_code == 200)
    again = api.finished(job)
    assert (again["state"], again["attempt"]) == ("succeeded", 2)
    assert again["result"] == whole["result"]
    weights = [
        api.http.get(f"/v1/models/{name}/versions/1/weights.safetensors").content
        for name in ("unwiped", "wiped")
    ]
    assert weights[0] == weights[1]
    assert api.http.get("/v1/models/wiped").json()["newest"] == 1
    assert api.http.get(f"/v1/jobs/{whole['id']}").content == before
    assert api.http.get(f"/v1/datasets/{dataset}").json()["state"] == "ready"


def test_an_idle_worker_that_is_told_to_end_ends_at_once(
    api: Api, launcher: Launcher, dataset: str, eventually: Eventually
) -> None:
    for _ in range(2):  # also when it has just done something
        api.train(dataset=dataset, epochs=1)
        before, started = pid(launcher, "train-1"), time.monotonic()
        os.kill(before, signal.SIGTERM)
        eventually(lambda: not Path(f"/proc/{before}").exists())  # noqa: B023
        assert time.monotonic() - started < 10

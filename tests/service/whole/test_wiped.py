"""Redis is wiped while the service runs: soon every answer is what it was before."""

import json
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import redis

from service.launcher.valkey import Valkey
from service.settings import ServiceSettings
from tests.problems import expect_problem
from tests.service.conftest import MANIFEST
from tests.service.server_thread import serving_app
from tests.service.wait import wait_until
from tests.worker.data.making import HDF5
from worker.errors import LeaseLost
from worker.jobs.fill_mark import FILLED
from worker.jobs.record import Record, State
from worker.jobs.transitions import open_records
from worker.store.store import Store

WAITING = ("waiting", "urgent", "running", "stopped", "again")
KEPT = ("paused", "succeeded", "failed", "cancelled", "cancelled while it waited")


class World:
    """A service on a Redis that can be wiped, and a worker that is the test itself.

    Attributes:
        jobs: ids, by what is the matter with them.
        held: the attempt that runs while Redis is wiped.
    """

    def __init__(self, http: httpx.Client, client: redis.Redis, root: Path) -> None:
        self.http, self.client = http, client
        self.records, self.store = open_records(client), Store(root)
        self.datasets = {"ready": self.dataset(), "rejected": self.dataset()}
        self.datasets["importing"] = self.dataset()
        self.finish("ds", self.datasets["ready"], State.SUCCEEDED, {"result": MANIFEST})
        problem = {"problem": {"code": "corrupt_file", "detail": "Expected é."}}
        self.finish("ds", self.datasets["rejected"], State.FAILED, problem)
        self.jobs: dict[str, str] = {}
        self.held = self._jobs()
        wait_until(lambda: not client.zcard("purr:jobs:unfiled"))
        wait_until(lambda: not client.zcard("purr:dss:unfiled"))

    def dataset(self) -> str:
        parts = [("file", ("a.h5", HDF5))]
        return str(self.http.post("/v1/datasets?name=cats", files=parts).json()["id"])

    def submit(self, name: str, **spec: Any) -> str:
        body = {"dataset": self.datasets["ready"], "model": "cats", **spec}
        headers = {"Idempotency-Key": name.replace(" ", "-")}
        answer = self.http.post("/v1/jobs", json=body, headers=headers)
        assert answer.status_code == 202, answer.text
        self.jobs[name] = answer.json()["id"]
        return self.jobs[name]

    def finish(self, kind: str, record_id: str, state: State, notes: Any = None) -> Record:
        records = self.records[kind]
        mine = records.claim(record_id, "w", 60)
        if kind == "job" and state is State.SUCCEEDED:
            mine = records.begin_publishing(mine, "cats", 0)
        if kind == "job":
            mine = self.begun(mine)
        return records.finish(mine, state, notes)

    def begun(self, mine: Record) -> Record:
        """The attempt, once it has written metrics and told of progress."""
        with self.store.jobs.metrics_log(mine.id, mine.attempt):
            pass
        progress = {"phase": "training", "epoch": 1, "epochs": 2, "percent": 50.0, "eta_s": 1.0,
                    "rows_per_s": 2.0, "loss": 0.5, "accuracy": 1.0}  # fmt: skip
        notes = {"progress": progress, "device": {"kind": "cpu", "name": None}}
        return self.records["job"].renew(mine, 60, notes)

    def ask(self, name: str, what: str) -> None:
        answer = self.http.post(f"/v1/jobs/{self.jobs[name]}/{what}")
        assert answer.status_code == 200, answer.text

    def _jobs(self) -> Record:
        jobs = self.records["job"]
        for name, priority in zip(WAITING, ("low", "high", "normal", "normal", "low"), strict=True):
            self.submit(name, priority=priority)
        for name in KEPT:
            self.submit(name)
        held = self.begun(jobs.claim(self.jobs["running"], "of before", 60))
        jobs.give_back(self.begun(jobs.claim(self.jobs["again"], "w", 60)), "preempted")
        jobs.give_back(self.begun(jobs.claim(self.jobs["stopped"], "w", 60)), "preempted")
        self.ask("stopped", "stop")
        mine = self.begun(jobs.claim(self.jobs["paused"], "w", 60))
        self.ask("paused", "pause")
        jobs.give_back(mine, "paused")
        self.finish("job", self.jobs["succeeded"], State.SUCCEEDED, {"result": {"test": None}})
        problem = {"problem": {"code": "diverged", "detail": "It was no number, é."}}
        self.finish("job", self.jobs["failed"], State.FAILED, problem)
        self.finish("job", self.jobs["cancelled"], State.CANCELLED)
        self.ask("cancelled while it waited", "cancel")
        return held

    def answers(self) -> dict[str, bytes]:
        """What is said of every job and dataset, by its name."""
        paths = {name: f"/v1/jobs/{job}" for name, job in self.jobs.items()}
        paths |= {name: f"/v1/datasets/{dataset}" for name, dataset in self.datasets.items()}
        return {
            name: self.http.get(path).raise_for_status().content for name, path in paths.items()
        }

    def wipe(self) -> None:
        self.client.flushall()
        wait_until(lambda: self.client.exists(FILLED))


@pytest.fixture
def world(valkey: Valkey, client: redis.Redis, tmp_path: Path) -> Iterator[World]:
    # Its sweeps come every quarter of a second.
    settings = ServiceSettings(
        redis_url=valkey.url, data_dir=tmp_path, min_free_bytes=0, lease_s=1, max_parameters=10**6
    )
    with serving_app(settings) as http:
        wait_until(lambda: client.exists(FILLED))
        yield World(http, client, tmp_path)


def test_what_was_over_or_paused_is_answered_to_the_byte_as_before(world: World) -> None:
    before = world.answers()
    world.wipe()
    after = world.answers()
    for name in (*KEPT, "ready", "rejected"):
        assert after[name] == before[name], name


def test_what_was_to_be_done_waits_in_its_order_with_its_attempts_counted(world: World) -> None:
    before = {name: json.loads(answer) for name, answer in world.answers().items()}
    world.wipe()
    after = {name: json.loads(answer) for name, answer in world.answers().items()}
    for name in WAITING:
        assert (after[name]["state"], after[name]["spec"]) == ("queued", before[name]["spec"])
        assert after[name]["attempt"] == before[name]["attempt"]
        made = [
            datetime.fromisoformat(renewals[name]["created_at"]) for renewals in (before, after)
        ]
        # Its id tells when that was made; the record came a moment later.
        assert abs((made[0] - made[1]).total_seconds()) < 2
    order = sorted(WAITING, key=lambda name: after[name]["queue_position"])
    assert order == ["urgent", "running", "stopped", "waiting", "again"]
    assert after["importing"]["state"] == "importing"
    assert after["importing"]["name"] == "cats"


def test_lists_have_everything_again(world: World) -> None:
    paths = ["/v1/jobs", "/v1/datasets", *(f"/v1/jobs?state={state}" for state in State)]

    def ids() -> dict[str, list[str]]:
        return {p: [item["id"] for item in world.http.get(p).json()["data"]] for p in paths}

    before = ids()
    world.wipe()
    after = ids()
    assert before.pop("/v1/jobs?state=running") == [world.jobs["running"]]
    assert after.pop("/v1/jobs?state=running") == []
    assert world.jobs["running"] in after.pop("/v1/jobs?state=queued")
    before.pop("/v1/jobs?state=queued")
    assert after == before


def test_until_redis_knows_again_nobody_is_told_that_nothing_is_there(world: World) -> None:
    world.client.set("purr:reaper", "somebody else", px=60_000)
    world.client.flushall()
    world.client.set("purr:reaper", "somebody else", px=60_000)  # nobody sweeps for a while
    job, dataset = world.jobs["succeeded"], world.datasets["ready"]
    for answer in (
        world.http.get(f"/v1/jobs/{job}"),
        world.http.get(f"/v1/jobs/{job}/metrics"),
        world.http.post(f"/v1/jobs/{job}/cancel"),
        world.http.get(f"/v1/datasets/{dataset}"),
        world.http.post("/v1/jobs", json={"dataset": dataset}),
        world.http.post("/v1/jobs", json={"dataset": dataset}, headers={"Idempotency-Key": "a"}),
    ):
        expect_problem(answer, 503, "queue_unavailable")
        assert int(answer.headers["retry-after"]) > 0
    expect_problem(world.http.get("/v1/jobs/job_" + "0" * 32), 404, "job_not_found")
    world.client.delete("purr:reaper")
    wait_until(lambda: world.client.exists(FILLED))
    assert world.http.get(f"/v1/jobs/{job}").json()["state"] == "succeeded"


def test_a_replay_gets_the_job_of_before(world: World) -> None:
    jobs, answers = dict(world.jobs), world.answers()
    world.wipe()
    for name, job in jobs.items():
        assert world.submit(name, priority=json.loads(answers[name])["spec"]["priority"]) == job
    answer = world.http.post(
        "/v1/jobs",
        json={"dataset": world.datasets["ready"], "epochs": 9},
        headers={"Idempotency-Key": "waiting"},
    )
    expect_problem(answer, 422, "idempotency_conflict")


def test_the_trainer_of_before_is_refused(world: World) -> None:
    world.wipe()
    jobs = world.records["job"]
    sayings: list[Callable[[], Record]] = [
        lambda: jobs.renew(world.held, 60, {}),
        lambda: jobs.begin_publishing(world.held, "cats", 0),
        lambda: jobs.finish(world.held, State.SUCCEEDED),
    ]
    for say in sayings:
        with pytest.raises(LeaseLost):
            say()
    assert jobs.claim(world.held.id, "w", 60).attempt == world.held.attempt + 1


def test_a_paused_job_goes_on(world: World) -> None:
    world.wipe()
    world.ask("paused", "resume")
    assert world.records["job"].claim(world.jobs["paused"], "w", 60).attempt == 2


def test_messages_come_again(world: World) -> None:
    world.wipe()
    expected = {world.jobs[name] for name in WAITING}

    def enqueued(queue: str) -> list[str]:
        messages: Any = world.client.lrange(f"rq:queue:{queue}", 0, -1)
        return [message.rpartition("-")[0] for message in messages]

    wait_until(lambda: set(enqueued("train")) == expected)
    wait_until(lambda: enqueued("import") == [world.datasets["importing"]])


def test_a_second_wipe_is_like_the_first(world: World) -> None:
    before = world.answers()
    for _ in range(2):
        world.wipe()
        time.sleep(0.3)  # another sweep, for what may be filed once more
    after = world.answers()
    assert all(after[name] == before[name] for name in KEPT)

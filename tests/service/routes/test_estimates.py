"""What a job would take, over HTTP; the test is the worker, if there is any."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
import redis

from tests.problems import expect_problem
from worker.jobs.placement import TRAIN
from worker.jobs.presence import workers_key
from worker.jobs.questions import Questions
from worker.jobs.record import new_id
from worker.jobs.transitions import Transitions
from worker.jsontypes import Json
from worker.operations import estimates

ESTIMATE = "/v1/jobs/estimate"
SMALL = {"network": {"hidden_units": [2]}, "epochs": 3}
PHASES = ["opening", "starting", "proving", "training", "measuring", "publishing"]
CHECK = {"name": "eight_rows", "outcome": "passed", "said": "They are.", "value": 1.0,
         "expected": 1.0}  # fmt: skip
NOTES: Json = {
    "phases": {phase: 0.5 for phase in PHASES[:-1]} | {"training": 20.0},
    "checks": [CHECK], "time_shares": [0.0, 0.7, 0.1, 0.2], "problem": None, "ended": True,
}  # fmt: skip


def spec(dataset: str, **fields: Any) -> Json:
    return {"dataset": dataset.rpartition("/")[2], **SMALL, **fields}


def estimated(http: httpx.Client, asked: Json) -> Any:
    answer = http.post(ESTIMATE, json=asked)
    assert answer.status_code == 200, answer.text
    return answer.json()


def left_over(client: Any) -> list[str]:
    """The keys of questions, messages and jobs."""
    return [
        key
        for pattern in ("purr:est*", "rq:queue:*", "rq:job:*", "purr:job*")
        for key in client.keys(pattern)
    ]


@pytest.fixture
def there(client: redis.Redis) -> None:
    """A worker, as far as anybody can see."""
    client.zadd(workers_key(TRAIN), {"w": time.time()})


@contextmanager
def answering(client: redis.Redis, tell: Callable[[Questions, str], None]) -> Iterator[list[Json]]:
    """A worker that takes what is asked and tells something, in a thread; yields what was asked."""
    questions, asked, over = Questions(client), list[Json](), threading.Event()

    def work() -> None:
        while not over.wait(0.005):
            for key in client.scan_iter(f"purr:estimate:est_{'?' * 32}"):
                question = key.removeprefix("purr:estimate:")
                if (body := questions.take(question)) is not None:
                    asked.append(body)
                    tell(questions, question)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield asked
    finally:
        over.set()
        thread.join()


def test_without_a_worker_all_is_told_by_arithmetic(
    http: httpx.Client, table: str, client: redis.Redis
) -> None:
    found = estimated(http, spec(table))
    assert (found["method"], found["because"]) == ("arithmetic", estimates.NOBODY)
    assert [phase["phase"] for phase in found["phases"]] == PHASES
    assert {phase["by"] for phase in found["phases"]} == {"arithmetic"}
    assert found["seconds"] == pytest.approx(sum(p["seconds"] for p in found["phases"]), abs=0.01)
    assert [check["outcome"] for check in found["checks"]] == ["skipped"] * 3
    assert found["wait"] == {
        "queue": "train", "workers": 0, "running": 0, "ahead": 0, "seconds": None,
    }  # fmt: skip
    assert left_over(client) == []


def test_what_can_be_counted_is_told_with_the_whole_spec(http: httpx.Client, table: str) -> None:
    found = estimated(http, spec(table))
    assert (found["parameters"], found["multiplications"]) == (4 * 2 + 2 + 2 * 3 + 3, 4 * 2 + 2 * 3)
    dense = [layer for layer in found["layers"] if layer["kind"] == "dense"]
    assert [layer["multiplications"] for layer in dense] == [8, 6]
    assert found["memory"] > 10**8
    assert found["disk"]["kept"] > found["disk"]["checkpoints"] > 0
    assert (found["spec"]["epochs"], found["spec"]["optimizer"]["kind"]) == (3, "adam")
    whole = estimated(http, {"dataset": spec(table)["dataset"], "recipe": "classic"})
    assert whole["spec"]["network"]["hidden_units"] == [20, 7, 5]


def test_an_idle_worker_is_asked(
    http: httpx.Client, table: str, client: redis.Redis, there: None
) -> None:
    with answering(client, lambda questions, question: questions.tell(question, NOTES)) as asked:
        found = estimated(http, spec(table))
    assert (found["method"], found["because"]) == ("measured", None)
    assert found["seconds"] == pytest.approx(22.0, abs=0.2)
    assert [phase["by"] for phase in found["phases"]] == ["measured"] * 5 + ["arithmetic"]
    assert [layer["time_share"] for layer in found["layers"]] == NOTES["time_shares"]
    assert found["checks"][1] == CHECK
    assert found["wait"]["seconds"] == 0.0
    [body] = asked
    assert body["spec"] == found["spec"]
    assert body["seconds"] == estimates.ANSWERED_S
    assert left_over(client) == []


def test_a_worker_that_dies_leaves_as_much_as_it_has_told(
    http: httpx.Client,
    table: str,
    client: redis.Redis,
    there: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(estimates, "ANSWERED_S", 0.3)
    some = {**NOTES, "phases": {"training": 20.0}, "ended": False}
    with answering(client, lambda questions, question: questions.tell(question, some)):
        found = estimated(http, spec(table))
    by = {phase["phase"]: phase["by"] for phase in found["phases"]}
    assert (by.pop("training"), {*by.values()}) == ("measured", {"arithmetic"})
    assert found["because"] == estimates.UNFINISHED
    with answering(client, lambda questions, question: None):
        assert estimated(http, spec(table))["method"] == "arithmetic"
    assert left_over(client) == []


def test_a_worker_that_gives_up_says_why(
    http: httpx.Client, table: str, client: redis.Redis, there: None
) -> None:
    nothing = {**NOTES, "phases": {}, "problem": "Its features are missing."}
    with answering(client, lambda questions, question: questions.tell(question, nothing)):
        found = estimated(http, spec(table))
    assert found["method"] == "arithmetic"
    assert "Its features are missing." in found["because"]


def test_a_worker_that_does_not_come_is_not_waited_for(
    http: httpx.Client, table: str, client: redis.Redis, there: None
) -> None:
    began = time.monotonic()
    found = estimated(http, spec(table))
    assert (found["method"], found["because"]) == ("arithmetic", estimates.LATE)
    assert time.monotonic() - began > estimates.TAKEN_S
    assert left_over(client) == []


def test_a_busy_worker_is_not_asked(
    http: httpx.Client, table: str, client: redis.Redis, there: None, jobs: Transitions
) -> None:
    mine = jobs.claim(jobs.create(new_id("job"), spec(table)).id, "w", 60)
    jobs.renew(mine, 60, {"progress": {"eta_s": 31.5}}, [])
    with answering(client, lambda questions, question: None) as asked:
        found = estimated(http, spec(table))
    assert (found["method"], found["because"]) == ("arithmetic", estimates.BUSY)
    assert found["wait"]["seconds"] == 31.5
    assert asked == []


def test_one_estimate_at_a_time_is_measured(
    http: httpx.Client, table: str, client: redis.Redis, there: None
) -> None:
    with Questions(client).alone(), answering(client, lambda *_: None) as asked:
        found = estimated(http, spec(table))
    assert (found["because"], asked) == (estimates.OTHERS, [])


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"dataset": "ds_" + "0" * 32}, "invalid_parameter"),
        ({"epochs": 0}, "invalid_parameter"),
        ({"network": {"hidden_units": [2_000, 2_000]}}, "limit_exceeded"),
        ({"device": "gpu"}, "device_unavailable"),
        ({"webhook": "http://elsewhere.example/"}, "invalid_parameter"),
    ],
)
def test_what_is_refused_as_a_job_is_refused_here(
    http: httpx.Client, table: str, fields: Json, code: str
) -> None:
    asked = {**spec(table), **fields}
    refused, as_job = (http.post(path, json=asked) for path in (ESTIMATE, "/v1/jobs"))
    expect_problem(refused, as_job.status_code, code)
    assert refused.json()["errors"] == as_job.json()["errors"]

"""Jobs are waited for, and do what they are told."""

import re
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from purrceptron import Client, Failed, Job, Overdue, Unreachable
from tests.client.conftest import Do
from tests.client.scripted import Scripted, job


def one(client: Any) -> Any:
    return client._session.known_as(Job, job("queued"))


def test_a_job_is_waited_for_to_its_end(service: Scripted, do: Do) -> None:
    service.say(job("running"))
    service.say(job("succeeded", result={"test": {"accuracy": 0.9}}))
    assert do(lambda client: one(client).wait()).result == {"test": {"accuracy": 0.9}}
    assert service.asked == ["GET /v1/jobs/job_1?wait=30"] * 2


def test_the_time_for_an_answer_fits_how_long_it_is_held(service: Scripted, purr: Client) -> None:
    service.say(job("succeeded"))
    one(purr).wait()
    assert service.requests[0].extensions["timeout"]["read"] == 60 + 30


def test_a_job_that_failed_raises_with_what_is_known_of_it(service: Scripted, do: Do) -> None:
    problem = {"code": "diverged", "detail": "The cost became infinite."}
    service.say(job("failed", problem=problem, findings=[]))
    with pytest.raises(Failed) as told:
        do(lambda client: one(client).wait())
    assert (told.value.code, told.value.record.state) == ("diverged", "failed")


def test_a_job_that_was_cancelled_has_not_succeeded(service: Scripted, do: Do) -> None:
    service.say(job("cancelled"))
    with pytest.raises(Failed, match=r"job_1 was cancelled\."):
        do(lambda client: one(client).wait())


def test_whoever_waits_no_longer_is_told_so(service: Scripted, do: Do) -> None:
    with pytest.raises(Overdue, match="job_1 was still queued after 0 s") as told:
        do(lambda client: one(client).wait(timeout_s=0))
    assert isinstance(told.value, TimeoutError)
    assert service.requests == []


def test_a_service_that_stays_away_is_left_when_the_time_is_over(
    service: Scripted, do: Do, slept: list[float]
) -> None:
    service.say(job("running"))
    service.fail(*[httpx.ConnectError("refused")] * 40)
    with pytest.raises(Unreachable, match="refused"):
        do(lambda client: one(client).wait(timeout_s=2))
    assert 0 < sum(slept) <= 2  # of a patience of 5


def test_a_wait_outlives_a_service_that_is_started_again(service: Scripted, do: Do) -> None:
    service.say(job("running"))
    service.fail(httpx.ReadError("gone"), httpx.ConnectError("refused"))
    service.say(job("succeeded"))
    assert do(lambda client: one(client).wait()).state == "succeeded"


@pytest.mark.parametrize("verb", ["cancel", "stop", "pause", "resume"])
def test_a_job_shows_what_became_of_it(service: Scripted, purr: Client, verb: str) -> None:
    service.say(job("running", requested=verb))
    asked = one(purr)
    assert getattr(asked, verb)() is asked
    assert (asked.state, asked.requested) == ("running", verb)
    assert service.asked == [f"POST /v1/jobs/job_1/{verb}"]


def test_a_retry_is_another_job(service: Scripted, purr: Client) -> None:
    service.say({**job("queued"), "id": "job_2", "changes": []})
    first = one(purr)
    again = first.retry(findings="all")
    assert (first.id, again.id) == ("job_1", "job_2")
    assert service.requests[0].content == b'{"findings":"all"}'


def test_metrics_are_rows(service: Scripted, do: Do) -> None:
    rows = [{"epoch": n, "step": n, "loss": 1 / n, "accuracy": 0.5} for n in (1, 2, 3)]
    service.say({"data": rows[:2], "next": "2"})
    service.say({"data": rows[2:], "next": None})
    found = do(lambda client: one(client).metrics())
    assert [row.loss for row in found] == [1, 1 / 2, 1 / 3]
    assert service.asked[1] == "GET /v1/jobs/job_1/metrics?limit=1000&after=2"


class Table:
    """As much of a table of pandas as is asked of it."""

    def __init__(self, rows: list[dict[str, Any]]) -> None:
        self.rows = rows

    def set_index(self, column: str) -> dict[Any, dict[str, Any]]:
        return {row[column]: row for row in self.rows}


def test_metrics_become_a_table_by_epoch(
    service: Scripted, purr: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pandas", SimpleNamespace(DataFrame=Table))
    rows = [{"epoch": n, "step": n, "loss": 1 / n, "accuracy": 0.5, "new": n} for n in (1, 2)]
    service.say({"data": rows, "next": None})
    table: Any = one(purr).metrics().to_pandas()
    assert [*table] == [1, 2]
    assert (table[2]["loss"], table[2]["layers"], table[2]["new"]) == (1 / 2, None, 2)


def test_labels_that_are_not_named_stay(service: Scripted, purr: Client) -> None:
    service.say(job("queued", tags=["small"]))
    assert one(purr).label(tags=["small"]).tags == ["small"]
    assert service.requests[0].content == b'{"tags":["small"]}'


def test_a_job_is_a_run_of_tensorboard_in_a_folder_of_its_own(
    service: Scripted, do: Do, tmp_path: Path
) -> None:
    service.answers.append(httpx.Response(200, content=b"events"))
    file = do(lambda client: one(client).tensorboard(tmp_path / "runs"))
    assert service.asked == ["GET /v1/jobs/job_1/tensorboard"]
    assert (file.parent, file.read_bytes()) == (tmp_path / "runs" / "job_1", b"events")
    assert re.fullmatch(r"events\.out\.tfevents\.[0-9]+\.job_1", file.name)


def test_an_id_that_is_a_path_leads_nowhere_else(
    service: Scripted, purr: Client, tmp_path: Path
) -> None:
    service.answers.append(httpx.Response(200, content=b"events"))
    hostile = purr._session.known_as(Job, job("queued", id="../../job_1"))
    assert hostile.tensorboard(tmp_path / "runs").parent == tmp_path / "runs" / "job_1"

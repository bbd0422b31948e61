"""A job's metrics over HTTP: pages and all of them, as JSON and as CSV."""

import csv
import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import redis

from service.launcher.valkey import Valkey
from service.schemas.common import Page
from service.schemas.jobs import Epoch
from service.server.listener import address, listen
from tests.long_job import EPOCHS, metrics_file, most_kib, write_long
from tests.problems import expect_problem
from tests.service.wait import wait_until
from worker.jobs.record import new_id
from worker.jobs.transitions import open_records

MOST_KIB = 64 * 1024
CSV = {"accept": "text/csv"}


def row(epoch: int) -> dict[str, Any]:
    """An epoch of a network with one hidden layer."""
    hidden = {"weight_norm": 1.5, "update_ratio": 1e-05, "saturated": 0.0, "dead": 0.25}
    last = {"weight_norm": 2.5, "update_ratio": 0.5, "saturated": None, "dead": None}
    return {
        "epoch": epoch,
        "step": 10 * epoch,
        "loss": 1 / epoch,
        "accuracy": 0.5,
        "validation_loss": None,
        "validation_accuracy": None,
        "learning_rate": 0.01,
        "gradient_norms": [0.5, 0.125],
        "layers": [hidden, last],
        "seconds": epoch / 8,
    }


def without_layers(epoch: int) -> dict[str, Any]:
    return {**row(epoch), "gradient_norms": None, "layers": None}


ROWS = [row(1), row(2), without_layers(3), row(4), without_layers(5)]


@pytest.fixture
def job(client: redis.Redis) -> str:
    """A job that is being trained."""
    jobs = open_records(client)["job"]
    body = {"model": "cats", "network": {"hidden_units": [4]}}
    return jobs.claim(jobs.create(new_id("job"), body).id, "w", 60).id


def keep(root: Path, job: str, *lines: str) -> Path:
    """The file of the job's metrics, with these lines."""
    path = metrics_file(root, job)
    path.parent.mkdir(parents=True)
    path.write_text("".join(line + "\n" for line in lines))
    return path


@pytest.fixture
def metrics(root: Path, job: str) -> str:
    """Where the metrics of a job are that has trained for five epochs."""
    keep(root, job, *map(json.dumps, ROWS))
    return f"/v1/jobs/{job}/metrics"


def test_all_epochs_come_where_no_page_is_asked_for(http: httpx.Client, metrics: str) -> None:
    answer = http.get(metrics)
    assert answer.headers["content-type"] == "application/json"
    assert answer.json() == {"data": ROWS, "next": None}
    assert not re.search(r"[\r\n]", answer.text)


@pytest.mark.parametrize(
    ("asked", "epochs", "following"),
    [
        ("limit=2", [1, 2], "2"),
        ("limit=2&after=2", [3, 4], "4"),
        ("limit=2&after=3", [4, 5], None),
        ("after=3", [4, 5], None),
        ("limit=1&after=9", [], None),
    ],
)
def test_a_page_tells_where_the_next_one_begins(
    http: httpx.Client, metrics: str, asked: str, epochs: list[int], following: str | None
) -> None:
    page = http.get(f"{metrics}?{asked}").json()
    assert page == {"data": [ROWS[epoch - 1] for epoch in epochs], "next": following}


@pytest.mark.parametrize("asked", ["limit=0", "limit=10001", "after=-1", "after=x"])
def test_a_page_that_cannot_be_is_refused(http: httpx.Client, metrics: str, asked: str) -> None:
    expect_problem(http.get(f"{metrics}?{asked}"), 422, "invalid_parameter")


def test_the_answer_has_every_field_that_is_promised(http: httpx.Client, metrics: str) -> None:
    answer = http.get(metrics).json()
    assert Page[Epoch].model_validate(answer).model_dump(mode="json") == answer


def test_a_table_has_columns_for_every_layer_and_leaves_empty_what_was_not_kept(
    http: httpx.Client, metrics: str
) -> None:
    answer = http.get(metrics, headers=CSV)
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.text.splitlines()[:4] == [
        "epoch,step,loss,accuracy,validation_loss,validation_accuracy,learning_rate,seconds,"
        "gradient_norm_1,gradient_norm_2,weight_norm_1,update_ratio_1,saturated_1,dead_1,"
        "weight_norm_2,update_ratio_2",
        "1,10,1.0,0.5,,,0.01,0.125,0.5,0.125,1.5,1e-05,0.0,0.25,2.5,0.5",
        "2,20,0.5,0.5,,,0.01,0.25,0.5,0.125,1.5,1e-05,0.0,0.25,2.5,0.5",
        "3,30,0.3333333333333333,0.5,,,0.01,0.375,,,,,,,,",
    ]


@pytest.mark.parametrize(("asked", "epochs"), [("limit=2&after=2", ["3", "4"]), ("after=5", [])])
def test_a_table_has_the_same_columns_wherever_it_begins(
    http: httpx.Client, metrics: str, asked: str, epochs: list[str]
) -> None:
    whole = http.get(metrics, headers=CSV).text.splitlines()
    part = http.get(f"{metrics}?{asked}", headers=CSV).text.splitlines()
    assert part[0] == whole[0]
    assert [line["epoch"] for line in csv.DictReader(part)] == epochs


def test_a_table_without_rows_has_the_header_of_one_with_rows(
    http: httpx.Client, root: Path, job: str
) -> None:
    empty = http.get(f"/v1/jobs/{job}/metrics", headers=CSV)
    assert empty.headers["content-type"] == "text/csv; charset=utf-8"
    keep(root, job, *map(json.dumps, ROWS))
    whole = http.get(f"/v1/jobs/{job}/metrics", headers=CSV).text
    assert empty.text.splitlines() == whole.splitlines()[:1]


def test_rows_that_leave_out_what_is_null_are_answered_as_they_are(
    http: httpx.Client, root: Path, job: str
) -> None:
    old = row(1)
    for sign in ("saturated", "dead"):
        del old["layers"][-1][sign]
    keep(root, job, json.dumps(old))
    assert http.get(f"/v1/jobs/{job}/metrics").json() == {"data": [old], "next": None}
    header, first = http.get(f"/v1/jobs/{job}/metrics", headers=CSV).text.splitlines()
    assert header.endswith("dead_1,weight_norm_2,update_ratio_2")
    assert first.endswith("0.25,2.5,0.5")


class Service:
    """The API in a process of its own."""

    def __init__(self, pid: int, url: str) -> None:
        self.pid, self.url = pid, url

    def reads(self, path: Path) -> bool:
        links = Path(f"/proc/{self.pid}/fd").iterdir()
        return any(os.path.realpath(link) == str(path) for link in links)


@pytest.fixture
def service(valkey: Valkey, client: redis.Redis, root: Path) -> Iterator[Service]:
    env = {"PURR_REDIS_URL": valkey.url, "PURR_DATA_DIR": str(root), "PURR_MIN_FREE_BYTES": "0"}
    with listen("127.0.0.1", 0) as listener:
        url = address("127.0.0.1", listener.getsockname()[1])
        command = [sys.executable, "-m", "service", "--fd", str(listener.fileno())]
        fds = [listener.fileno()]
        with subprocess.Popen(command, env={**os.environ, **env}, pass_fds=fds) as process:
            yield Service(process.pid, url)
            process.terminate()


@pytest.fixture
def long(root: Path, job: str) -> Path:
    """The file of a job of very many epochs."""
    return write_long(metrics_file(root, job))


def test_neither_a_page_nor_all_of_a_long_job_takes_memory(
    service: Service, long: Path, job: str
) -> None:
    path = f"/v1/jobs/{job}/metrics"
    with httpx.Client(base_url=service.url, timeout=60, trust_env=False) as http:
        assert http.get(f"{path}?limit=1&after=9").json()["next"] == "10"
        before = most_kib(str(service.pid))
        page = http.get(f"{path}?limit=1&after={EPOCHS // 2}").json()
        assert [row["epoch"] for row in page["data"]] == [EPOCHS // 2 + 1]
        with http.stream("GET", path) as answer:
            size = sum(map(len, answer.iter_raw()))
    assert size == long.stat().st_size + len('{"data":[],"next":null}') - 1
    assert most_kib(str(service.pid)) - before < MOST_KIB


def test_a_client_that_leaves_ends_the_reading(service: Service, long: Path, job: str) -> None:
    host, _, port = service.url.removeprefix("http://").partition(":")
    with socket.socket() as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)  # far less than the answer
        line.connect((host, int(port)))
        line.sendall(f"GET /v1/jobs/{job}/metrics HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
        assert b"200 OK" in line.recv(1_000)
        wait_until(lambda: service.reads(long))
    wait_until(lambda: not service.reads(long))

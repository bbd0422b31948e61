"""`purr jobs watch`: a table that changes on a terminal, and a plain one elsewhere."""

import json
import os
import pty
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qsl

import pytest

from tests.service.cli.command import Purr
from tests.service.cli.fake_service import JSON, Answer, FakeService, Request
from tests.service.wait import wait_until

SPEC = {"model": "cats"}
RUNNING: dict[str, Any] = {
    "id": "job_1", "state": "running", "spec": SPEC, "model": None, "created_at": "now",
    "queue_position": None, "result": None, "problem": None, "tags": [],
    "progress": {"phase": "training", "epoch": 3, "epochs": 9, "percent": 33.0, "eta_s": 61.0,
                 "loss": 0.5, "accuracy": 0.75},
}  # fmt: skip
WAITING = {**RUNNING, "id": "job_2", "state": "queued", "progress": None, "queue_position": 1}
DONE = {**RUNNING, "state": "succeeded", "model": {"name": "cats", "version": 7}}
FAILED = {
    **WAITING, "id": "job_0", "state": "failed", "queue_position": None,
    "problem": {"code": "diverged", "detail": "No number any more."},
}  # fmt: skip


class Moving:
    """Lists jobs by their states; from the third look on the first of them has ended."""

    def __init__(self, fake: FakeService) -> None:
        self._fake, self._looks = fake, 0

    def answer(self, request: Request) -> Answer:
        self._fake.requests.append(request)
        query = dict(parse_qsl(request.target.partition("?")[2]))
        state = query.get("state")
        self._looks += state is None
        known = [WAITING, DONE if self._looks > 2 else RUNNING, FAILED]
        found = [job for job in known if state in (None, job["state"])]
        return Answer(200, JSON, json.dumps({"data": found, "next": None}).encode())


@pytest.fixture
def fake(fake: FakeService, monkeypatch: pytest.MonkeyPatch) -> FakeService:
    monkeypatch.setattr(fake, "answer", Moving(fake).answer)
    return fake


def test_where_there_is_no_terminal_the_jobs_are_printed_once(
    purr: Purr, fake: FakeService
) -> None:
    result = purr("jobs", "watch")
    assert (result.exit_code, result.stderr) == (0, "")
    ids = [line.split()[0] for line in result.stdout.splitlines() if line]
    assert ids == ["id", "job_1", "job_2", "job_0", "job_0"]  # what runs, what waits, what ended
    assert "No number any more. (diverged)" in result.stdout


def test_it_is_filtered_as_the_list_is(purr: Purr, fake: FakeService) -> None:
    purr("jobs", "watch", "--state", "queued", "--model", "cats", "--tag", "a", "--limit", "3")
    assert [each.target for each in fake.requests] == [
        "/v1/jobs?state=queued&model=cats&tag=a&limit=3"
    ]


def test_options_in_front_of_it_are_refused(purr: Purr, fake: FakeService) -> None:
    result = purr("jobs", "--state", "queued", "watch")
    assert (result.exit_code, fake.requests) == (2, [])
    assert "Expected options behind `watch`" in result.stderr


# The suite may run where Ctrl-C is ignored, as in the background of a script.
WATCHING = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
from service.cli.main import main
sys.argv[1:] = ["jobs", "watch"]
main()
"""


class Terminal:
    """What a person at a terminal sees of a process."""

    def __init__(self, url: str) -> None:
        self.seen = ""
        self._mine, its = pty.openpty()
        env = os.environ | {"PURR_URL": url, "TERM": "xterm", "COLUMNS": "120", "LINES": "30"}
        self.process = subprocess.Popen(
            [sys.executable, "-c", WATCHING], env=env, stdin=its, stdout=its, stderr=its
        )
        os.close(its)

    def shows(self, text: str) -> bool:
        self.seen += os.read(self._mine, 2**16).decode()
        return text in self.seen

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._mine)


@contextmanager
def terminal(url: str) -> Iterator[Terminal]:
    found = Terminal(url)
    try:
        yield found
    finally:
        found.close()


def test_on_a_terminal_the_table_changes_and_ctrl_c_leaves_it(fake: FakeService) -> None:
    with terminal(fake.url) as seen:
        wait_until(lambda: seen.shows("1:01 left loss 0.5000 accuracy 75.0 %"))
        assert "1 running, 1 queued, 1 failed; Ctrl-C leaves" in seen.seen
        assert "queued, position 1" in seen.seen
        assert "No number any more. (diverged)" in seen.seen
        wait_until(lambda: seen.shows("cats 7"))
        assert "1 queued, 1 succeeded, 1 failed" in seen.seen
        seen.process.send_signal(signal.SIGINT)
        assert seen.process.wait(30) == 0
        assert "Traceback" not in seen.seen
        assert seen.shows("\x1b[?25h")  # the cursor is there again

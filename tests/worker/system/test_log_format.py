"""Lines of the log as JSON."""

import json
import logging
import sys
from collections.abc import Iterator

import pytest

from worker.jsontypes import Json
from worker.system.log_format import JsonLines
from worker.system.trace import current_trace, trace_of

TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


def record(message: str, *words: object) -> logging.LogRecord:
    return logging.LogRecord("worker.watch", logging.WARNING, "x.py", 1, message, words, None)


def written(found: logging.LogRecord) -> Json:
    line = JsonLines().format(found)
    assert "\n" not in line
    said: Json = json.loads(line)
    return said


@pytest.fixture
def traced() -> Iterator[None]:
    token = current_trace.set(trace_of(f"00-{TRACE}-{SPAN}-01"))
    yield
    current_trace.reset(token)


def test_a_line_is_an_object_on_one_line() -> None:
    line = written(record("%s goes on\nwithout “%s”", "job_1", "cats"))
    assert line.pop("time").endswith("+00:00")
    assert line == {
        "level": "WARNING",
        "logger": "worker.watch",
        "message": "job_1 goes on\nwithout “cats”",
    }


def test_it_says_for_which_request_it_was_written() -> None:
    found = record("hello")
    found.request = "5f0c6a1be2d94f37 "
    assert written(found)["request_id"] == "5f0c6a1be2d94f37"
    found.request = ""
    assert "request_id" not in written(found)


@pytest.mark.usefixtures("traced")
def test_it_says_for_which_trace_it_was_written() -> None:
    line = written(record("hello"))
    assert (line["trace_id"], line["span_id"]) == (TRACE, SPAN)


def test_a_traceback_is_in_it() -> None:
    found = record("unexpected failure")
    try:
        raise ZeroDivisionError("no mice")
    except ZeroDivisionError:
        found.exc_info = sys.exc_info()
    assert written(found)["exception"].endswith("ZeroDivisionError: no mice")

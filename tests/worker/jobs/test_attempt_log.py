"""What is logged at a job is told among its events."""

import logging
from collections.abc import Iterator

import pytest

from worker.jobs.attempt import Attempt
from worker.jobs.attempt_log import HEAD, MOST, TAIL, shortened, told
from worker.jobs.record import new_id
from worker.jobs.transitions import Transitions
from worker.jsontypes import Json
from worker.tasks.context import WorkerContext

log = logging.getLogger("worker.somewhere")


@pytest.fixture(autouse=True)
def _info() -> Iterator[None]:
    """As a worker logs."""
    before = logging.getLogger().level
    logging.getLogger().setLevel("INFO")
    yield
    logging.getLogger().setLevel(before)


@pytest.fixture
def attempt(records: Transitions) -> Attempt:
    return Attempt(records, records.claim(records.create(new_id("job"), {}).id, "w", 60), 60)


def lines(attempt: Attempt) -> list[Json]:
    return [each["data"] for each in attempt.untold() if each["event"] == "log"]


def test_a_line_is_told_with_who_said_it_and_without_the_jobs_own_name(attempt: Attempt) -> None:
    with told(attempt):
        log.warning("%s goes on without a checkpoint", attempt.record.id)
        log.debug("nobody wants to know")
    (line,) = lines(attempt)
    assert line.pop("at").endswith("+00:00")
    assert line == {
        "level": "WARNING",
        "source": "worker.somewhere",
        "attempt": 1,
        "message": "goes on without a checkpoint",
    }


def test_of_a_failure_its_kind_is_told_and_no_traceback(attempt: Attempt) -> None:
    with told(attempt):
        try:
            raise ZeroDivisionError("no mice")
        except ZeroDivisionError:
            log.exception("unexpected failure")
    (line,) = lines(attempt)
    assert line["level"] == "ERROR"
    assert line["message"] == (
        "unexpected failure: ZeroDivisionError; the worker's own log has its traceback"
    )


def test_what_is_said_behind_the_attempt_is_not_told(attempt: Attempt) -> None:
    with told(attempt):
        pass
    log.info("later")
    assert lines(attempt) == []


def test_an_attempt_that_says_ever_more_is_told_in_part(attempt: Attempt) -> None:
    with told(attempt):
        for number in range(3 * MOST):
            log.info("line %d", number)
    messages = [line["message"] for line in lines(attempt)]
    assert messages[:2] == ["line 0", "line 1"]
    assert len(messages) == MOST
    assert messages[-1].startswith(f"More than {MOST} lines")


def test_a_text_without_end_is_told_from_its_beginning_and_its_end() -> None:
    text = "a" * HEAD + "b" * 10_000 + "c" * TAIL
    assert shortened(text) == f"{'a' * HEAD} … 10000 characters left out … {'c' * TAIL}"
    assert shortened("short") == "short"


def test_imports_have_no_log(context: WorkerContext) -> None:
    imports = context.records["ds"]
    record = imports.claim(imports.create(new_id("ds"), {"name": "cats"}).id, "w", 60)
    attempt = Attempt(imports, record, 60)
    with told(attempt):
        log.info("a row")
    assert lines(attempt) == []

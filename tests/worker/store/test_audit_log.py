"""The audit log: only added to, bounded, paged, and read as far as it is whole."""

import threading
from pathlib import Path
from typing import Any

import pytest

from worker.errors import InvalidParameter
from worker.store.audit_log import CHANGES, PARTS, REFUSALS, AuditLog

ROOM = 1_000  # bytes of a part


@pytest.fixture
def log(tmp_path: Path) -> AuditLog:
    return AuditLog(tmp_path / "audit", PARTS * ROOM)


def all_of(log: AuditLog, kind: str = CHANGES, limit: int = 7) -> list[Any]:
    found, after = [], None
    while page := log.page(kind, limit, after):
        found += page
        after = page[-1].id
    return [entry.said["n"] for entry in found]


def test_an_empty_log_has_nothing(log: AuditLog) -> None:
    assert log.page(CHANGES, 9, None) == []


def test_lines_come_newest_first_page_by_page_whatever_file_they_are_in(log: AuditLog) -> None:
    for n in range(100):
        log.add(CHANGES, {"n": n, "text": 40 * "é"})
    for limit in (1, 7, 100, 1000):
        assert all_of(log, limit=limit) == [*range(99, 99 - len(all_of(log)), -1)]


def test_it_takes_no_more_than_its_room_and_the_oldest_goes(log: AuditLog, tmp_path: Path) -> None:
    for n in range(500):
        log.add(CHANGES, {"n": n, "text": 80 * "a"})
    files = [*(tmp_path / "audit").glob("changes.*")]
    assert len(files) == PARTS
    assert max(path.stat().st_size for path in files) <= ROOM
    kept = all_of(log)
    assert kept == [*range(499, 499 - len(kept), -1)]
    assert len(kept) > 4 * PARTS


def test_refusals_push_out_no_changes(log: AuditLog) -> None:
    log.add(CHANGES, {"n": 1})
    for n in range(500):
        log.add(REFUSALS, {"n": n, "text": 80 * "a"})
    assert all_of(log) == [1]


def test_a_page_goes_on_where_it_was_while_lines_are_added(log: AuditLog) -> None:
    for n in range(5):
        log.add(CHANGES, {"n": n})
    first = log.page(CHANGES, 2, None)
    log.add(CHANGES, {"n": 5})
    second = log.page(CHANGES, 9, first[-1].id)
    assert [entry.said["n"] for entry in first + second] == [4, 3, 2, 1, 0]


def test_a_line_that_was_torn_costs_itself_alone(log: AuditLog, tmp_path: Path) -> None:
    log.add(CHANGES, {"n": 0})
    (path,) = (tmp_path / "audit").glob("changes.*")
    with path.open("ab") as file:
        file.write(b'{"n": 1, "te')
    assert all_of(log) == [0]
    log.add(CHANGES, {"n": 2})
    assert all_of(log) == [2, 0]


def test_many_at_a_time_lose_nothing(tmp_path: Path) -> None:
    logs = [AuditLog(tmp_path / "audit", PARTS * 10_000) for _ in range(4)]

    def add(log: AuditLog, first: int) -> None:
        for n in range(first, first + 50):
            log.add(CHANGES, {"n": n})

    threads = [threading.Thread(target=add, args=(log, 50 * i)) for i, log in enumerate(logs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(all_of(logs[0])) == [*range(200)]


@pytest.mark.parametrize("after", ["x", "1", "1-", "-1-2", "1-2-3", f"{10**20}-1", "../1-1"])
def test_a_place_that_is_none_is_refused(log: AuditLog, after: str) -> None:
    with pytest.raises(InvalidParameter, match="the page before"):
        log.page(CHANGES, 1, after)


def test_a_place_of_a_file_that_has_gone_has_nothing_behind_it(log: AuditLog) -> None:
    for n in range(500):
        log.add(CHANGES, {"n": n, "text": 80 * "a"})
    assert log.page(CHANGES, 9, "1-400") == []

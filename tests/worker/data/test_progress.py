"""What an import tells of how far it is, and what is believed of that."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.clock import Clock
from tests.worker.data.edits.stored import SETTINGS as OF_EDITS
from tests.worker.data.edits.stored import stored
from tests.worker.data.making import (
    alternating,
    class_folders,
    course_file,
    npz_file,
    pictures,
    zipped,
)
from tests.worker.data.tables.making import ROWS, text
from worker.data import progress
from worker.data.edits.apply import apply
from worker.data.importer import import_files
from worker.data.prepare import prepare
from worker.data.progress import MOST, PHASES, REPORT, Phase, counting, hearing, reporting
from worker.settings import Settings
from worker.spec import EditsSpec

Told = list[tuple[Phase, int, int | None]]


class Listener:
    """Remembers what it is told."""

    def __init__(self) -> None:
        self.told: Told = []

    def __call__(self, phase: Phase, done: int, total: int | None) -> None:
        self.told.append((phase, done, total))

    @property
    def phases(self) -> list[Phase]:
        """In their order, each once."""
        return list(dict.fromkeys(phase for phase, _, _ in self.told))

    def last(self, of: Phase) -> tuple[int, int | None]:
        return [(done, total) for phase, done, total in self.told if phase == of][-1]


@pytest.fixture
def listener() -> Listener:
    return Listener()


def folders(path: Path) -> Path:
    """A zip without a test split, of which one picture cannot be read."""
    return zipped(path, class_folders(each=10) | {"other/9.png": b"\x89PNG\r\n\x1a\n"})


def split_zip(path: Path) -> Path:
    return zipped(path, class_folders("train/") | class_folders("test/", seed=1))


def arrays(path: Path) -> Path:
    return npz_file(path.with_suffix(".npz"), x=pictures(10) / 255, y=alternating(10))


def table(path: Path) -> Path:
    path.write_bytes(text())
    return path


@pytest.mark.parametrize(
    ("made", "rows", "phases"),
    [
        (folders, 20, PHASES[:4]),
        (split_zip, 20, ("reading", "converting", "checking")),
        (arrays, 10, PHASES[:4]),
        (course_file, 10, PHASES[:4]),
        (table, ROWS, PHASES[:4]),
    ],
    ids=["zip", "zip with splits", "npz", "h5", "csv"],
)
def test_each_phase_is_told_and_ends_with_all_of_its_rows(
    tmp_path: Path,
    listener: Listener,
    made: Callable[[Path], Path],
    rows: int,
    phases: tuple[Phase, ...],
) -> None:
    (tmp_path / "target").mkdir()
    prepare([made(tmp_path / "a")], tmp_path / "target", Settings(), tell=listener)
    assert listener.phases == [*phases]
    assert listener.last("converting") == (rows, rows)
    left = rows - (made is folders)
    assert listener.last("checking") == (left, left)
    if "measuring" in phases:
        assert listener.last("measuring") == (rows, rows)
    assert all(0 <= done <= (total or done) for _, done, total in listener.told)


def test_of_a_table_it_is_told_how_many_rows_were_read_before_anyone_knows_of_how_many(
    tmp_path: Path, listener: Listener
) -> None:
    (tmp_path / "target").mkdir()
    prepare([table(tmp_path / "a")], tmp_path / "target", Settings(), tell=listener)
    assert listener.last("reading") == (ROWS, None)


def test_of_numbers_that_have_to_be_looked_at_it_is_told_of_how_many_these_are(
    tmp_path: Path, listener: Listener
) -> None:
    (tmp_path / "target").mkdir()
    prepare([arrays(tmp_path / "a")], tmp_path / "target", Settings(), tell=listener)
    assert listener.last("reading") == (10, 10)


def test_edits_tell_it_too(tmp_path: Path, listener: Listener) -> None:
    (tmp_path / "target").mkdir()
    edits = EditsSpec.model_validate({"drop": [{"split": "train", "row": 0}]})
    apply(edits, stored(tmp_path / "parent"), None, tmp_path / "target", OF_EDITS, listener)
    assert listener.phases == ["reading", "converting", "checking"]
    assert listener.last("converting") == listener.last("checking") == (21, 21)


def test_what_a_sealed_process_reports_is_told(tmp_path: Path, listener: Listener) -> None:
    (tmp_path / "target").mkdir()
    import_files([folders(tmp_path / "a")], tmp_path / "target", Settings(), tell=listener)
    assert listener.told
    assert listener.phases == sorted(listener.phases, key=PHASES.index)
    assert {total for _, _, total in listener.told} <= {None, 19, 20}


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(progress, "time", clock)
    return clock


def test_reports_are_few_but_each_begin_and_each_end_of_a_phase_is_one(
    clock: Clock, listener: Listener
) -> None:
    hear = hearing(listener)
    tell = reporting(hear)
    seen = counting(tell, "converting", 1000)
    for _ in range(1000):
        clock.now += progress.REPORT_S / 100
        seen(1)
    counting(tell, "checking")
    assert len(listener.told) <= 12
    assert listener.told[0] == ("converting", 0, 1000)
    assert listener.told[-2:] == [("converting", 1000, 1000), ("checking", 0, None)]


@pytest.mark.parametrize(
    "lie",
    [
        REPORT.pack(len(PHASES), 1, 2),
        REPORT.pack(255, 1, 2),
        REPORT.pack(0, 3, 2),
        REPORT.pack(0, MOST + 1, 0),
        REPORT.pack(0, 1, 2**64 - 1),
        b"x",
        REPORT.pack(0, 1, 2)[:-1],
        REPORT.pack(0, 1, 2) + b"x",
        b"",
    ],
)
def test_what_is_no_report_is_passed_over(listener: Listener, lie: bytes) -> None:
    hearing(listener)(lie)
    assert listener.told == []


def test_of_many_reports_the_last_counts(listener: Listener) -> None:
    hearing(listener)(b"".join(REPORT.pack(2, n, 9) for n in range(4)))
    assert listener.told == [("converting", 3, 9)]


def test_whatever_bytes_come_only_numbers_within_bounds_are_told(listener: Listener) -> None:
    chance = np.random.default_rng(0)
    hear = hearing(listener)
    for _ in range(3000):
        hear(chance.bytes(REPORT.size * int(chance.integers(1, 3))))
        hear(REPORT.pack(*_numbers(chance)))
    assert listener.told
    for phase, done, total in listener.told:
        assert phase in PHASES
        assert 0 <= done <= MOST
        assert total is None or done <= total <= MOST


def _numbers(chance: Any) -> list[int]:
    return [int(chance.integers(0, 8)), *(int(2 ** chance.uniform(0, 63.9)) for _ in range(2))]


def test_rows_that_are_read_again_are_no_news(clock: Clock) -> None:
    sent: list[bytes] = []
    tell = reporting(sent.append)
    for done in (0, 9, 0, 5, 12):
        tell("reading", done, None)
        clock.now += 1
    assert [REPORT.unpack(report)[1] for report in sent] == [0, 9, 12]

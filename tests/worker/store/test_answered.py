"""What was answered and what was true, as files of several processes."""

import os
from pathlib import Path

import numpy as np
import pytest

from tests.worker.working import at_once
from worker.store.answered import CORRECTIONS, FAR, NONE, ROW, TRUTH, UNSURE, AnsweredStore, Segment
from worker.store.answered_counts import Answered

CATS = Segment("cats", 3, "019a00000000" + "0" * 8)
DOGS = Segment("dogs.v2", 12, "019b00000000" + "1" * 8)


@pytest.fixture
def answered(tmp_path: Path) -> AnsweredStore:
    return AnsweredStore(tmp_path / "answered")


def rows(*labels: int, flags: int = 0, at_ms: int = 5, light: float = np.nan) -> bytes:
    return np.array([(at_ms, label, flags, 0.5, light) for label in labels], ROW).tobytes()


def test_what_is_kept_is_there_for_all_processes(answered: AnsweredStore, tmp_path: Path) -> None:
    answered.append(CATS, rows(0, 1))
    answered.append(CATS, rows(1))
    answered.append(DOGS, rows(0))
    other = AnsweredStore(tmp_path / "answered")
    assert other.segments() == [CATS, DOGS]
    assert other.segments("dogs.v2", 12) == [DOGS]
    assert other.rows(CATS)["label"].tolist() == [0, 1, 1]


def test_a_truth_is_noted_once_and_may_be_corrected(answered: AnsweredStore) -> None:
    answered.append(CATS, rows(0, 1, 1))
    assert answered.judge(CATS, {0: 1, 2: NONE}, 7) == {0: "noted", 2: "noted"}
    assert answered.judge(CATS, {0: 1, 1: 0}, 8) == {0: "unchanged", 1: "noted"}
    assert answered.judge(CATS, {0: 0}, 9) == {0: "corrected"}
    assert answered.truths(CATS)[["row", "label"]].tolist() == [(0, 0), (1, 0), (2, NONE)]


def test_corrections_without_an_end_are_refused(answered: AnsweredStore) -> None:
    answered.append(CATS, rows(0))
    said = [answered.judge(CATS, {0: turn % 2}, turn)[0] for turn in range(CORRECTIONS + 1)]
    assert said == ["noted", *["corrected"] * (CORRECTIONS - 1), "refused"]
    assert answered.sizes(CATS) == (ROW.itemsize, CORRECTIONS * TRUTH.itemsize)


def test_several_may_judge_at_once(answered: AnsweredStore) -> None:
    answered.append(CATS, rows(*[0] * 40))

    def judge(part: int) -> None:
        for row in range(part, 40, 4):
            answered.judge(CATS, {row: part}, 0)

    at_once(*(lambda part=part: judge(part) for part in range(4)))
    assert answered.truths(CATS)["label"].tolist() == [row % 4 for row in range(40)]


def test_half_a_record_is_in_nobodys_way(answered: AnsweredStore, tmp_path: Path) -> None:
    answered.append(CATS, rows(0, 1))
    answered.judge(CATS, {0: 1}, 0)
    path = tmp_path / "answered" / f"{CATS.stem}.truths"
    path.write_bytes(path.read_bytes() + b"half")
    answered.judge(CATS, {1: 1}, 0)
    assert answered.truths(CATS)["row"].tolist() == [0, 1]
    os.truncate(tmp_path / "answered" / f"{CATS.stem}.rows", ROW.itemsize + 3)
    assert len(answered.rows(CATS)) == 1


def test_what_is_old_or_too_much_goes(answered: AnsweredStore, tmp_path: Path) -> None:
    answered.append(CATS, rows(0))
    answered.judge(CATS, {0: 0}, 0)
    answered.append(DOGS, rows(0, 1))
    answered.trim(CATS.began_ms, 10_000)
    assert answered.segments() == [CATS, DOGS]
    answered.trim(0, 2 * ROW.itemsize)
    assert answered.segments() == [DOGS]
    (tmp_path / "answered" / f"{CATS.stem}.truths").write_bytes(b"")  # judged as it went
    answered.trim(DOGS.began_ms + 1, 10_000)
    assert list((tmp_path / "answered").iterdir()) == []


def test_they_are_counted(answered: AnsweredStore) -> None:
    answered.append(CATS, rows(0, 1, flags=UNSURE, light=0.2))
    answered.append(CATS, rows(1, 1, flags=UNSURE | FAR, at_ms=9, light=0.4))
    answered.judge(CATS, {0: 0, 1: 0, 2: NONE}, 0)
    both = Answered([(answered.rows(CATS), answered.truths(CATS))], 2)
    whole = both.between(0, 10)
    assert (whole.predictions, whole.unsure, whole.far) == (4, 4, 2)
    assert (whole.judged, whole.right) == (3, 1)
    assert (whole.answered, whole.true) == ([1, 3], [2, 0, 1])
    assert whole.light is not None
    assert whole.light.rows == 4
    assert whole.light.mean == pytest.approx(0.3)
    late = both.between(9, 10)
    assert (late.predictions, late.judged, late.right) == (2, 1, 0)
    assert Answered([], 2).between(0, 10).true == [0, 0, 0]

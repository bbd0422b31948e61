import os
from pathlib import Path

import numpy as np
import pytest

from worker.data.dataset import Split
from worker.findings.paired import Paired
from worker.jsontypes import Json
from worker.store import right_answers as module
from worker.store.right_answers import AskedRows, RightAnswers
from worker.store.store import Store

ROWS = Split.whole(np.arange(40, dtype="uint8").reshape(20, 2), np.arange(20) % 2)


def version(number: int, dataset: str) -> Json:
    return {"digest": f"sha256:{number}" + 63 * "0", "dataset": {"id": dataset}}


@pytest.fixture
def answers(tmp_path: Path) -> RightAnswers:
    return Store(tmp_path).right_answers


def test_two_versions_are_paired_row_by_row(answers: RightAnswers) -> None:
    asked, first, second = AskedRows.of("ds_a", ROWS), version(1, "ds_a"), version(2, "ds_a")
    assert not answers.has("cats", first, asked)
    answers.keep("cats", first, asked, np.arange(20) < 12)
    assert answers.has("cats", first, asked)
    assert answers.paired("cats", first, second) == []
    answers.keep("cats", second, asked, np.arange(20) >= 7)
    assert answers.paired("cats", first, second) == [Paired("ds_a", 20, 5, 7, 8)]
    assert answers.paired("dogs", first, second) == []


def test_datasets_with_the_same_test_rows_are_one(answers: RightAnswers) -> None:
    first, second = version(1, "ds_a"), version(2, "ds_b")
    copied = Split(ROWS.x[::-1], ROWS.y, np.arange(20)[::-1])
    answers.keep("cats", first, AskedRows.of("ds_a", ROWS), np.ones(20, bool))
    answers.keep("cats", second, AskedRows.of("ds_b", copied), np.ones(20, bool))
    assert answers.paired("cats", first, second) == [Paired("ds_b", 20, 20, 0, 0)]


@pytest.mark.parametrize(
    "other", [Split.whole(ROWS.x, 1 - ROWS.y), Split.whole(1 + ROWS.x, ROWS.y)]
)
def test_other_samples_or_other_classes_are_other_rows(other: Split) -> None:
    assert AskedRows.of("ds_a", ROWS).digest != AskedRows.of("ds_a", other).digest


def test_rows_of_a_third_dataset_do_not_count(answers: RightAnswers) -> None:
    third, first, second = AskedRows.of("ds_c", ROWS), version(1, "ds_a"), version(2, "ds_b")
    for each in (first, second):
        answers.keep("cats", each, third, np.ones(20, bool))
    assert answers.paired("cats", first, second) == []


def test_of_many_rows_the_first_are_kept(
    answers: RightAnswers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_ROWS", 13)
    asked = AskedRows.of("ds_a", ROWS)
    assert len(asked.rows) == 13
    assert asked.digest == AskedRows.of("ds_a", ROWS.first(13)).digest


def test_half_a_file_is_removed(answers: RightAnswers, tmp_path: Path) -> None:
    answers.keep("cats", version(1, "ds_a"), AskedRows.of("ds_a", ROWS), np.ones(20, bool))
    [path] = (tmp_path / "models" / "cats" / "right").iterdir()
    half = path.with_name(f"{path.name}.1234.part")
    half.write_text("{")
    os.utime(half, (0, 0))
    answers.drop_leftovers(60)
    assert [*path.parent.iterdir()] == [path]

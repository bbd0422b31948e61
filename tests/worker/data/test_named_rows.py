"""Which rows findings name."""

from pathlib import Path

import numpy as np

from tests.worker.data.test_row_checks import written
from worker.data.named_rows import named_rows, named_together
from worker.data.row_checks import OF_PICTURES
from worker.findings.rule import findings


def test_rows_lists_of_rows_and_pairs_from_two_splits_are_understood() -> None:
    several = {"code": "a", "evidence": {"train_rows": [4, [7, 9]], "test_rows": [0]}}
    pairs = {"code": "b", "evidence": {"train_and_test_rows": [[4, 1], [5, 0]]}}
    train, test = (named_rows([several, pairs], split) for split in ("train", "test"))
    assert {row: [f["code"] for f in own] for row, own in train.items()} == {
        4: ["a", "b"], 7: ["a"], 9: ["a"], 5: ["b"],
    }  # fmt: skip
    assert {row: [f["code"] for f in own] for row, own in test.items()} == {
        0: ["a", "b"], 1: ["b"],
    }  # fmt: skip


def test_a_row_that_is_named_twice_by_a_finding_is_named_once() -> None:
    finding = {"code": "a", "evidence": {"train_and_test_rows": [[4, 1], [4, 2]]}}
    assert named_rows([finding], "train") == {4: [finding]}


def test_numbers_of_rows_and_other_evidence_name_none() -> None:
    evidence = {"test_rows": 12, "what": "brightness", "most_rows": [1], "classes": ["cat"]}
    assert named_rows([{"code": "a", "evidence": evidence}, {"code": "b"}], "test") == {}


def test_what_the_rules_write_is_what_is_read(tmp_path: Path) -> None:
    random = np.random.default_rng(3)
    x = {s: random.integers(0, 256, (120, 8, 9, 3), np.uint8) for s in ("train", "test")}
    x["train"][100] = x["train"][3]
    x["test"][2] = x["train"][11]
    x["test"][5] = x["train"][12] ^ 1
    x["test"][6] = 7
    found = [finding.as_dict() for finding in findings(OF_PICTURES, written(tmp_path, x))]
    train, test = (named_rows(found, split) for split in ("train", "test"))
    assert {3, 100, 12} <= {*train}
    assert {*test} == {2, 5, 6}


def test_what_is_alike_is_named_together() -> None:
    evidence = {"train_rows": [4, [7, 9, 2]], "train_and_test_rows": [[5, 0]], "test_rows": 12}
    assert [*named_together({"evidence": evidence})] == [
        [("train", 4)],
        [("train", 7), ("train", 9), ("train", 2)],
        [("train", 5), ("test", 0)],
    ]

"""The next version of a table sees its rows as the first one did."""

from pathlib import Path

import numpy as np
from numpy.testing import assert_array_equal

from tests.worker.data.edits.stored import edited, row
from tests.worker.data.tables.making import imported, text
from worker.data.edits.parts import Stored


def test_the_next_version_has_the_same_rows_and_the_same_preprocessing(tmp_path: Path) -> None:
    files = {"train.csv": text(), "test.csv": text(rows=10)}
    found, folder = imported(tmp_path, files), tmp_path / "dataset"
    parent = Stored(folder, ["a", "b"], found.prepared.preprocessing, samples=folder)
    target = tmp_path / "next"
    drop, move = [row("train", 3)], [row("train", 5, to="test")]
    made = edited(parent, target, drop=drop, move=move)
    assert (made.kind, made.shape, made.dtype) == ("table", [2], "float32")
    assert made.preprocessing == found.prepared.preprocessing
    x = found.x["train"]
    assert_array_equal(np.load(target / "train_x.npy"), np.delete(x, [3, 5], axis=0))
    assert_array_equal(np.load(target / "test_x.npy"), [*found.x["test"], x[5]])
    assert not any("picture" in finding.message for finding in made.findings)


def test_which_columns_are_constant_its_own_rows_say(tmp_path: Path) -> None:
    found, folder = (
        imported(tmp_path, {"train.csv": text(), "test.csv": text()}),
        tmp_path / "dataset",
    )
    assert "constant_features" not in found.findings
    parent = Stored(folder, ["a", "b"], found.prepared.preprocessing, samples=folder)
    others = [row("train", number) for number in range(40) if number % 3]  # z is number % 3
    made = edited(parent, tmp_path / "next", drop=others)
    (constant,) = [own for own in made.findings if own.code == "constant_features"]
    assert constant.evidence == {"columns": ["z"]}

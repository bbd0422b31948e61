"""Each edit alone, all of them together, and what is true of any."""

from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.worker.data.edits.stored import (
    ROWS,
    SIDE,
    edited,
    labels,
    numbers,
    of_folder,
    row,
    stored,
)
from worker.data.edits.apply import apply
from worker.data.edits.parts import Stored
from worker.data.row_names import NameWriter, read_names
from worker.errors import InvalidParameter, LimitExceeded, StoreFull
from worker.settings import Settings
from worker.spec import EditsSpec


@pytest.fixture
def parent(tmp_path: Path) -> Stored:
    return stored(tmp_path / "parent")


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "target"


def test_dropped_rows_are_gone_and_the_others_keep_their_order(
    parent: Stored, target: Path
) -> None:
    made = edited(parent, target, drop=[row("train", 1), row("train", 11), row("test", 0)])
    assert numbers(target, "train") == [0, *range(2, 11)]
    assert numbers(target, "test") == [201, 202, 203, 204, 205]
    assert numbers(target, "validation") == [100, 101, 102, 103]
    assert {split: each["rows"] for split, each in made.splits.items()} == {
        "train": 10, "validation": 4, "test": 5
    }  # fmt: skip


def test_relabelled_rows_are_of_the_other_class(parent: Stored, target: Path) -> None:
    made = edited(parent, target, relabel=[row("train", 0, label="dog")])
    assert labels(target, "train") == [1, 1, *([0, 1] * 5)]
    assert made.splits["train"]["per_class"] == [5, 7]


def test_moved_rows_come_behind_those_that_were_there(parent: Stored, target: Path) -> None:
    moves = [row("train", 3, to="test"), row("test", 5, to="train")]
    edited(parent, target, move=moves)
    assert numbers(target, "test") == [200, 201, 202, 203, 204, 3]
    assert numbers(target, "train") == [0, 1, 2, *range(4, 12), 205]


def test_a_row_is_relabelled_and_moved(parent: Stored, target: Path) -> None:
    edited(
        parent,
        target,
        relabel=[row("train", 0, label="dog")],
        move=[row("train", 0, to="validation")],
    )
    assert (numbers(target, "validation")[-1], labels(target, "validation")[-1]) == (0, 1)


def test_rows_keep_the_names_of_their_files(tmp_path: Path, parent: Stored) -> None:
    for split, count in ROWS.items():
        with NameWriter(parent.folder, split) as names:
            names.append(f"{split}/{number}.png" for number in range(count))
    target = tmp_path / "named"
    edited(parent, target, move=[row("test", 2, to="train")], drop=[row("train", 0)])
    assert read_names(target, "train") == [
        *(f"train/{number}.png" for number in range(1, ROWS["train"])),
        "test/2.png",
    ]
    # Where some have none, none has: a name is of its own row, or of no row.
    mixed = tmp_path / "mixed"
    edited(parent, mixed, added=stored(tmp_path / "nameless", seed=9), add="ds_" + "1" * 32)
    assert read_names(mixed, "train") is None


def test_a_split_that_is_emptied_is_no_split_any_more(parent: Stored, target: Path) -> None:
    made = edited(parent, target, drop=[row("validation", number) for number in range(4)])
    assert [*made.splits] == ["train", "test"]
    assert not (target / "validation_x.npy").exists()


def test_a_renamed_class_keeps_its_number(parent: Stored, target: Path) -> None:
    made = edited(parent, target, rename_class={"cat": "lion"})
    assert made.classes == ["lion", "dog"]
    assert labels(target, "train") == labels(parent.folder, "train")


def test_merged_classes_stand_where_the_first_of_them_stood(tmp_path: Path) -> None:
    parent = stored(tmp_path / "parent")
    three = of_folder(parent.folder, ["cat", "dog", "lion"])
    y = np.arange(ROWS["train"]) % 3
    np.save(parent.folder / "train_y.npy", y)
    made = edited(three, tmp_path / "a", merge_classes={"feline": ["lion", "cat"]})
    assert made.classes == ["feline", "dog"]
    assert labels(tmp_path / "a", "train") == [0, 1, 0] * 4
    into = edited(three, tmp_path / "b", merge_classes={"cat": ["lion"]})
    assert into.classes == ["cat", "dog"]
    assert labels(tmp_path / "b", "train") == [0, 1, 0] * 4


def test_rows_are_relabelled_by_the_old_names_of_classes(parent: Stored, target: Path) -> None:
    relabel = [row("train", 0, label="dog")]
    made = edited(parent, target, rename_class={"dog": "wolf"}, relabel=relabel)
    assert (made.classes, labels(target, "train")[0]) == (["cat", "wolf"], 1)


def test_added_rows_come_behind_and_their_classes_last(tmp_path: Path, parent: Stored) -> None:
    folder = stored(tmp_path / "others", {"train": 3, "test": 2}, seed=1).folder
    others = of_folder(folder, ["dog", "hen"])
    made = edited(parent, tmp_path / "target", others)
    assert made.classes == ["cat", "dog", "hen"]
    assert numbers(tmp_path / "target", "train") == [*range(12), 0, 1, 2]
    assert labels(tmp_path / "target", "train")[12:] == [1, 2, 1]
    assert made.splits["test"]["per_class"] == [3, 4, 1]


def test_all_rows_are_divided_anew_by_the_seed(tmp_path: Path, parent: Stored) -> None:
    def divided(name: str, **asked: Any) -> list[list[int]]:
        made = edited(parent, tmp_path / name, resplit={"test_fraction": 0.25, **asked})
        return [numbers(tmp_path / name, split) for split in made.splits]

    train, test = divided("a")
    assert len(test) == 6  # of 22 rows, 11 of each class
    assert sorted(train + test) == [*range(12), *range(100, 104), *range(200, 206)]
    assert divided("b") == [train, test]
    assert divided("c", seed=2) != [train, test]
    parts = divided("d", validation_fraction=0.25)
    assert [len(part) for part in parts] == [10, 6, 6]
    assert len({*chain(*parts)}) == 22


def test_rows_that_are_the_same_stay_in_one_split(tmp_path: Path) -> None:
    parent = stored(tmp_path / "parent", {"train": 40, "test": 2})
    x = np.load(parent.folder / "train_x.npy")
    x[:20] = x[:2][np.arange(20) % 2]  # ten times each
    np.save(parent.folder / "train_x.npy", x)
    edited(parent, tmp_path / "target", resplit={"test_fraction": 0.4})
    test = {*numbers(tmp_path / "target", "test")}
    assert not test & {*numbers(tmp_path / "target", "train")}


def flawed(folder: Path) -> Stored:
    """Two rows under two labels, three the same, one test row of the training rows, a flat one."""
    parent = stored(folder, {"train": 40, "test": 10})
    x, test = (np.load(folder / f"{split}_x.npy") for split in ("train", "test"))
    x[11], x[22], x[24] = x[10], x[20], x[20]
    x[30] = 7
    test[4] = x[5]
    np.save(folder / "train_x.npy", x)
    np.save(folder / "test_x.npy", test)
    return parent


def test_what_findings_propose_is_dropped(tmp_path: Path) -> None:
    parent = flawed(tmp_path / "parent")
    codes = ["two_labels", "repeated_rows", "duplicates_across_splits", "flat_pictures"]
    made = edited(parent, tmp_path / "target", cleaned=codes)
    left = {*range(40)} - {10, 11, 22, 24, 30}
    assert numbers(tmp_path / "target", "train") == sorted(left)
    assert made.splits["test"]["rows"] == 9
    assert not {found.code for found in made.findings} & {*codes}


def test_a_row_that_is_named_is_not_cleaned_away(tmp_path: Path) -> None:
    parent = flawed(tmp_path / "parent")
    relabel = [row("train", 10, label="dog"), row("train", 11, label="dog")]
    made = edited(parent, tmp_path / "target", cleaned=["two_labels"], relabel=relabel)
    assert labels(tmp_path / "target", "train")[10:12] == [1, 1]
    assert "two_labels" not in [found.code for found in made.findings]


def test_a_class_without_training_rows_is_found(parent: Stored, target: Path) -> None:
    cats = [row("train", number) for number in range(0, 12, 2)]
    made = edited(parent, target, drop=cats)
    severe = [found.code for found in made.findings if found.severity == "severe"]
    assert severe == ["class_without_training_rows"]


@pytest.mark.parametrize(("split", "left"), [("train", 1), ("test", 0)])
def test_too_few_rows_are_refused(parent: Stored, target: Path, split: str, left: int) -> None:
    drop = [row(split, number) for number in range(left, ROWS[split])]
    with pytest.raises(InvalidParameter, match=f"{split} split, but they leave {left}"):
        edited(parent, target, drop=drop)


def test_rows_over_a_limit_are_refused(tmp_path: Path, parent: Stored) -> None:
    settings = Settings(min_free_bytes=0, max_rows=20)
    with pytest.raises(LimitExceeded, match="20 rows"):
        apply(EditsSpec(), parent, parent, tmp_path, settings)


def test_a_full_disk_is_named(tmp_path: Path, parent: Stored) -> None:
    with pytest.raises(StoreFull, match="free bytes"):
        apply(EditsSpec(), parent, None, tmp_path, Settings(min_free_bytes=2**60))


def at_another_size(parent: Stored, samples: Path, **rows: int) -> Stored:
    """The same rows, twice as large, and some more or fewer where that is said."""
    smaller = stored(samples, {**ROWS, **rows})
    for split in ROWS:
        x = np.load(samples / f"{split}_x.npy")
        np.save(samples / f"{split}_x.npy", x.repeat(2, axis=1).repeat(2, axis=2))
    made = {**smaller.preprocessing, "height": 2 * SIDE, "width": 2 * SIDE}
    return Stored(parent.folder, parent.classes, made, samples)


def test_rows_are_chosen_as_they_were_and_written_at_another_size(
    tmp_path: Path, parent: Stored
) -> None:
    asked: dict[str, Any] = {
        "drop": [row("train", 3)],
        "relabel": [row("test", 0, label="dog")],
        "resplit": {"test_fraction": 0.4},
    }
    edited(parent, tmp_path / "small", None, **asked)
    larger = at_another_size(parent, tmp_path / "larger")
    made = edited(larger, tmp_path / "large", None, **asked)
    assert made.shape == [2 * SIDE, 2 * SIDE, 3]
    assert made.preprocessing["height"] == 2 * SIDE
    for split in made.splits:
        assert numbers(tmp_path / "large", split) == numbers(tmp_path / "small", split)
        assert labels(tmp_path / "large", split) == labels(tmp_path / "small", split)
        assert np.load(tmp_path / "large" / f"{split}_x.npy").shape[1:] == (32, 32, 3)


@pytest.mark.parametrize("missing", [None, "validation"])
def test_files_that_are_read_otherwise_today_are_refused(
    tmp_path: Path, parent: Stored, missing: str | None
) -> None:
    larger = at_another_size(parent, tmp_path / "larger", test=6 if missing else 7)
    if missing:
        (larger.samples / f"{missing}_y.npy").unlink()
    with pytest.raises(InvalidParameter, match="read otherwise") as refused:
        edited(larger, tmp_path / "large")
    assert refused.value.pointer == "/image_size"

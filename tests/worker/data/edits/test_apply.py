"""Each edit alone, all of them together, and what is true of any."""

import tempfile
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.worker.data.edits.stored import FIRST, ROWS, edited, labels, numbers, row, stored
from worker.data.edits.apply import apply
from worker.data.edits.parts import Stored
from worker.errors import InvalidParameter, LimitExceeded, StoreFull
from worker.settings import Settings
from worker.spec import EditsSpec
from worker.spec.edits import OF_ROWS
from worker.store.datasets import digest_of_arrays


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
    three = Stored(parent.folder, ["cat", "dog", "lion"], parent.preprocessing)
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
    others = stored(tmp_path / "others", {"train": 3, "test": 2}, seed=1)
    others = Stored(others.folder, ["dog", "hen"], others.preprocessing)
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


PLACES = [(split, number) for split, count in ROWS.items() for number in range(count)]


@st.composite
def anything(draw: st.DrawFn) -> dict[str, Any]:
    """Edits of rows that leave enough of them, and perhaps of classes or of the whole split."""
    chosen = draw(st.lists(st.sampled_from(PLACES), unique=True, max_size=9))
    chosen = [place for place in chosen if place[1] > 1]  # enough are left of each split
    kinds = [draw(st.sampled_from(["drop", "relabel", "move"])) for _ in chosen]
    asked: dict[str, Any] = {"drop": [], "relabel": [], "move": []}
    for kind, (split, number) in zip(kinds, chosen, strict=True):
        to = draw(st.sampled_from([other for other in ROWS if other != split]))
        more = {"drop": {}, "relabel": {"label": "dog"}, "move": {"to": to}}[kind]
        asked[kind].append(row(split, number, **more))
    asked["rename_class"] = draw(st.sampled_from([{}, {"cat": "lion"}]))
    if not asked["move"]:
        asked["resplit"] = draw(st.sampled_from([None, {"test_fraction": 0.3, "seed": 5}]))
    return asked


@given(anything())
def test_the_old_one_never_changes_and_the_same_edits_make_the_same(asked: dict[str, Any]) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        parent = stored(folder / "parent")
        before = {path.name: path.read_bytes() for path in parent.folder.iterdir()}
        made = edited(parent, folder / "a", **asked)
        turned = {name: asked[name][::-1] for name in OF_ROWS}
        again = edited(parent, folder / "b", None, **{**asked, **turned})
        assert {path.name: path.read_bytes() for path in parent.folder.iterdir()} == before
        assert digest_of_arrays(folder / "a") == digest_of_arrays(folder / "b")
        assert made == again
        kept = sorted(chain(*(numbers(folder / "a", split) for split in made.splits)))
        gone = {FIRST[each["split"]] + each["row"] for each in asked["drop"]}
        assert kept == sorted({FIRST[split] + number for split, number in PLACES} - gone)


@given(st.lists(st.integers(2, 11), unique=True, max_size=8))
def test_to_drop_rows_and_to_add_them_again_only_changes_their_order(dropped: list[int]) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        parent = stored(folder / "parent")
        edited(parent, folder / "less", drop=[row("train", number) for number in dropped])
        less = Stored(folder / "less", parent.classes, parent.preprocessing)
        kept = [row(split, n) for split, n in PLACES if split != "train" or n not in dropped]
        others = stored(folder / "others")
        for split in ROWS:
            gone = [each["row"] for each in kept if each["split"] == split]
            for part in "xy":
                path = others.folder / f"{split}_{part}.npy"
                np.save(path, np.delete(np.load(path), gone, axis=0))
        edited(less, folder / "whole", others)
        assert sorted(numbers(folder / "whole", "train")) == [*range(12)]
        left = [number for number in range(12) if number not in dropped]
        assert numbers(folder / "whole", "train") == left + sorted(dropped)
        assert labels(folder / "whole", "train") == [n % 2 for n in left + sorted(dropped)]

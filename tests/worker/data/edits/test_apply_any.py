"""What is true of any edits."""

import tempfile
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.worker.data.edits.stored import (
    FIRST,
    ROWS,
    edited,
    labels,
    numbers,
    of_folder,
    row,
    stored,
)
from worker.spec.edits import OF_ROWS
from worker.store.datasets import digest_of_arrays

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


@settings(deadline=None)
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


@settings(deadline=None)
@given(st.lists(st.integers(2, 11), unique=True, max_size=8))
def test_to_drop_rows_and_to_add_them_again_only_changes_their_order(dropped: list[int]) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        parent = stored(folder / "parent")
        edited(parent, folder / "less", drop=[row("train", number) for number in dropped])
        less = of_folder(folder / "less")
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

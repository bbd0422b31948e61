"""Small stored datasets for the tests of edits, of which every row tells its number."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from worker.data.edits.apply import apply
from worker.data.edits.parts import Stored
from worker.data.prepare import Prepared
from worker.data.preprocessing import Preprocessing
from worker.settings import Settings
from worker.spec import EditsSpec

SIDE = 16  # so large that pictures may look alike
ROWS = {"train": 12, "validation": 4, "test": 6}
FIRST = {"train": 0, "validation": 100, "test": 200}  # the number of each split's first row
SETTINGS = Settings(min_free_bytes=0)


def stored(folder: Path, rows: dict[str, int] | None = None, seed: int = 0) -> Stored:
    """A dataset of two classes in turn; the first pixel of a row is its number in its split, the
    second says which split that is."""
    folder.mkdir(parents=True)
    random = np.random.default_rng(seed)
    for split, count in (rows or ROWS).items():
        x = random.integers(0, 256, (count, SIDE, SIDE, 3), np.uint8)
        x[:, 0, 0, 0] = np.arange(count)
        x[:, 0, 0, 1] = FIRST[split] // 100
        np.save(folder / f"{split}_x.npy", x)
        np.save(folder / f"{split}_y.npy", np.arange(count) % 2)
    return of_folder(folder)


def of_folder(folder: Path, classes: Sequence[str] = ("cat", "dog")) -> Stored:
    made = Preprocessing(height=SIDE, width=SIDE).as_dict()
    return Stored(folder, classes, made, samples=folder)


def edited(parent: Stored, target: Path, added: Stored | None = None, **asked: Any) -> Prepared:
    """What is written when this is asked for."""
    target.mkdir(parents=True)
    return apply(EditsSpec.model_validate(asked), parent, added, target, SETTINGS)


def numbers(folder: Path, split: str) -> list[int]:
    """The rows of a split by the numbers that they had: 200 is the first test row."""
    x = np.load(folder / f"{split}_x.npy")
    return [int(row[0, 0, 0]) + 100 * int(row[0, 0, 1]) for row in x]


def labels(folder: Path, split: str) -> list[int]:
    found: list[int] = np.load(folder / f"{split}_y.npy").tolist()
    return found


def row(split: str, number: int, **more: Any) -> dict[str, Any]:
    return {"split": split, "row": number, **more}

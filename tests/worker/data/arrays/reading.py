"""Uploads of arrays as the importer reads them."""

from collections import defaultdict
from pathlib import Path
from typing import Any, NamedTuple

import h5py
import numpy as np

from tests.worker.data.making import alternating, pictures
from worker.data.arrays import importer
from worker.data.checks import OF_READING
from worker.data.kinds import kind_of
from worker.data.options import AS_THEY_ARE, ImportOptions
from worker.findings.rule import findings
from worker.settings import Settings


class Read(NamedTuple):
    """What was read; `said` are the messages of the findings by their codes."""

    classes: list[str]
    x: dict[str, Any]
    y: dict[str, list[int]]
    said: dict[str, str]


def read(
    *files: Path,
    settings: Settings | None = None,
    seed: int = 1,
    options: ImportOptions = AS_THEY_ARE,
) -> Read:
    x: dict[str, list[Any]] = defaultdict(list, train=[], test=[])
    y: dict[str, list[int]] = defaultdict(list, train=[], test=[])
    of_kind = {path: kind_of(path) for path in files}
    with importer.opened(of_kind, options, settings or Settings(), seed) as contents:
        for block in contents.blocks:
            assert block.x.dtype == np.uint8
            x[block.split] += [*block.x]
            y[block.split] += block.y.tolist()
    said = {found.code: found.message for found in findings(OF_READING, contents.reading)}
    return Read(contents.classes, {split: np.array(x[split]) for split in x}, y, said)


X, LABELS = pictures(12, 4), alternating(12)


def stored(folder: Path, x: Any = X, y: Any = LABELS, **others: Any) -> Path:
    path = folder / "a.h5"
    with h5py.File(path, "w") as file:
        file["train_set_x"], file["train_set_y"] = x, y
        file["test_set_x"], file["test_set_y"] = x[:4], y[..., :4] if len(y) == 1 else y[:4]
        for name, value in others.items():
            file[name] = value
    return path


def taken(folder: Path, x: Any = X, y: Any = LABELS, **others: Any) -> Read:
    return read(stored(folder, x, y, **others))

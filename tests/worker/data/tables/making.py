"""Small real files for the tests of tables, and what becomes of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from worker.data.options import ImportOptions
from worker.data.prepare import Prepared, prepare
from worker.data.tables.preprocessing import TablePreprocessing
from worker.settings import Settings

ROWS = 40
HEAD = "x,z,label\n"


def text(head: str = HEAD, rows: int = ROWS, more: str = "") -> bytes:
    """A CSV of two columns of numbers, whose rows are of two classes by turns."""
    lines = (f"{row},{row % 3},{'ab'[row % 2]}\n" for row in range(rows))
    return (head + "".join(lines) + more).encode()


def column(cells: Any, head: str = "x,c,label\n", separator: str = ",") -> bytes:
    """A CSV with these cells in its second column."""
    rows = [f"{n},{cell},{'ab'[n % 2]}\n" for n, cell in enumerate(cells)]
    return (head + "".join(rows)).replace("," if separator != "," else "\0", separator).encode()


@dataclass(frozen=True)
class Imported:
    """What an import made of files.

    Attributes:
        x, y: of each split.
    """

    prepared: Prepared
    x: dict[str, NDArray[np.float32]]
    y: dict[str, NDArray[np.int64]]

    @property
    def preprocessing(self) -> TablePreprocessing:
        return TablePreprocessing.from_dict(self.prepared.preprocessing)

    @property
    def columns(self) -> dict[str, Any]:
        return {found.name: found for found in self.preprocessing.columns}

    @property
    def findings(self) -> dict[str, str]:
        return {finding.code: finding.message for finding in self.prepared.findings}


def imported(
    folder: Path, files: Mapping[str, bytes] | bytes, settings: Settings | None = None, **asked: Any
) -> Imported:
    """What becomes of these files, or of one of these bytes, in this process."""
    given = {"data.csv": files} if isinstance(files, bytes) else files
    paths = [folder / f"{number:02}-{name}" for number, name in enumerate(given, 1)]
    for path, content in zip(paths, given.values(), strict=True):
        path.write_bytes(content)
    target = folder / "dataset"
    target.mkdir()
    options = ImportOptions(**asked)
    own = settings or Settings(min_free_bytes=0)
    prepared = prepare(paths, target, own, options=options)
    x, y = (
        {split: np.load(target / f"{split}_{part}.npy") for split in prepared.splits}
        for part in "xy"
    )
    return Imported(prepared, x, y)

"""What an importer has noticed while it read an upload."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass
class TableReading:
    """What was noticed of the columns of a table.

    Attributes:
        left_out: names of columns that are not used, each with the reason.
        missing: how many cells of a column are missing, in all splits.
        infinite: how many of them because their numbers are too large.
        strange: how many cells of a column have a text that no training row has.
    """

    left_out: list[str] = field(default_factory=list)
    missing: Counter[str] = field(default_factory=Counter)
    infinite: Counter[str] = field(default_factory=Counter)
    strange: Counter[str] = field(default_factory=Counter)


@dataclass
class Reading:
    """Grows until the last block has been read.

    Attributes:
        rows: rows, or pictures, that the files have; all splits together.
        held_out: how many of them became the test split, because none was sent.
        validation_as_test: whether rows to validate became it.
        files: files that a zip has; 0 for arrays.
        no_pictures: names of files of a zip that are none, or empty.
        outside: names of pictures of a zip that are of no class.
        unreadable: names of pictures that cannot be decoded, each with the reason.
        misnamed: names of pictures that are of another format than these say, which is told too.
        cut_short: names of pictures whose end is missing.
        left_out: arrays that are neither pictures nor labels of a split.
        changes: what was done to arrays to read them, in words.
        file_sizes, file_formats: of the training pictures that were read, in their order.
        table: of the columns of a table; nothing of pictures.
    """

    rows: int = 0
    held_out: int = 0
    validation_as_test: bool = False
    files: int = 0
    no_pictures: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)
    misnamed: list[str] = field(default_factory=list)
    cut_short: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    changes: list[str] = field(default_factory=list)
    file_sizes: list[int] = field(default_factory=list)
    file_formats: list[str] = field(default_factory=list)
    table: TableReading = field(default_factory=TableReading)

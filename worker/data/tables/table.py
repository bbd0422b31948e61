"""The files of an upload as one table: the same columns in all of them."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import pyarrow as pa

from worker.data.arrays.names import words_of
from worker.data.packed import quoted
from worker.data.reading import TableReading
from worker.data.split_names import UNLABELLED, WORDS, Split
from worker.data.tables.labels import label_in
from worker.data.tables.source import Source
from worker.errors import CorruptFile, InvalidParameter

# What programs call the numbers of rows that they write beside the columns.
INDEX = re.compile(r"|Unnamed: \d+|__index_level_\d+__")
MAX_NAME_CHARACTERS = 200


class Part(NamedTuple):
    """A file of the table, and the split that its rows are of."""

    split: str
    source: Source


class Batch(NamedTuple):
    """Some rows of a part.

    Attributes:
        row: the number of the first, from 1, counted with a row of names; for messages.
        columns: the cells of each column that is used.
        label: those of the column with the classes.
    """

    part: Part
    row: int
    columns: list[pa.Array]
    label: pa.Array


class Table(NamedTuple):
    """Files with the same columns.

    Attributes:
        columns: the names of those that are used.
        label: the name of that with the classes.
        numbers: the names of those that are read as numbers from files of texts.
    """

    parts: list[Part]
    columns: list[str]
    label: str
    numbers: frozenset[str] = frozenset()

    @property
    def where(self) -> str:
        """Its files, for messages."""
        return " and ".join(part.source.where for part in self.parts)

    def batches(self) -> Iterator[Batch]:
        """Yields all rows, part by part.

        Raises:
            NoNumbers: as the files' `read`.
        """
        for part in self.parts:
            names, row = part.source.names, 2 if part.source.of_texts else 1
            places = [names.index(name) for name in (*self.columns, self.label)]
            numbers = [n for n, name in enumerate(names) if name in self.numbers]
            for *columns, label in part.source.read(places, numbers):
                yield Batch(part, row, columns, label)
                row += len(label)


def joined(
    sources: Sequence[Source], asked: str | None, leave_out: Sequence[str], reading: TableReading
) -> Table:
    """Returns the table that these files are.

    Args:
        asked: the column of the classes, if that was said.
        leave_out: columns that are not wanted.

    Raises:
        InvalidParameter: a column that is to be left out is not there.
        CorruptFile: the files have no such column, or not the same ones.
    """
    parts = [Part(split_of(source.where), source) for source in sources]
    first = parts[0].source
    check_names(first)
    label = label_in(first.names, asked, first.where)
    for name in leave_out:
        if name not in first.names or name == label:
            raise InvalidParameter(
                f"Expected names of columns beside the label to be left out, got {quoted(name)}, "
                f"which is none of {first.where}.",
                "/leave_out",
            )
    index = [name for name in first.names if INDEX.fullmatch(name)]
    reading.left_out += [f"{quoted(name)} (numbers of rows)" for name in index]
    reading.left_out += [f"{quoted(name)} (as was asked)" for name in leave_out]
    unused = {label, *leave_out, *index}
    columns = [name for name in first.names if name not in unused]
    for part in parts[1:]:
        check_names(part.source)
        _check_same(part.source, first, [*columns, label])
    numbers = [{part.source.names[place] for place in part.source.numbers} for part in parts]
    return Table(parts, columns, label, frozenset(columns).intersection(*numbers))


def split_of(file: str) -> Split:
    """Returns the split that the name of a file says; training where it says none.

    Raises:
        CorruptFile: it says that its rows have no classes.
    """
    words = words_of(file.rpartition(".")[0])
    if words & UNLABELLED:
        raise CorruptFile(
            f"Expected rows with their classes, but {file} is called as rows without; leave that "
            "file out."
        )
    found = [split for split, known in WORDS.items() if words & known]
    return found[0] if len(found) == 1 else "train"


def check_names(source: Source) -> None:
    """Refuse names of columns of which two are the same, or one cannot be read.

    Raises:
        CorruptFile: they are such.
    """
    for name, times in Counter(source.names).items():
        if times > 1 and name:
            raise CorruptFile(
                f"Expected columns of different names in {source.where}, got {quoted(name)} "
                f"{times} times; rename them."
            )
    for name in source.names:
        if len(name) > MAX_NAME_CHARACTERS or not name.isprintable():
            raise CorruptFile(
                f"Expected names of columns of at most {MAX_NAME_CHARACTERS} printable characters "
                f"in {source.where}, got {quoted(name)}; rename it."
            )


def _check_same(source: Source, first: Source, wanted: Sequence[str]) -> None:
    if missing := [name for name in wanted if name not in source.names]:
        raise CorruptFile(
            f"Expected the columns of {first.where} in {source.where} too, but it lacks "
            f"{quoted(missing[0])}; send files of the same columns, each with its classes."
        )

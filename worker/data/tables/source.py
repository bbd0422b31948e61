"""A file of rows with named columns, whatever its format."""

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

import pyarrow as pa

from worker.errors import CorruptFile, LimitExceeded, UnsupportedFile

CELLS = 2**20  # of a batch, at most
SAID_CHARACTERS = 200  # of what Arrow says

# Of each column that is read, its next cells.
Batches = Iterator[list[pa.Array]]


class Source(NamedTuple):
    """A file that can be read again and again.

    Attributes:
        where: the file, for messages.
        names: of its columns.
        of_texts: whether all cells are texts, of which some may be numbers.
        read: yields some of the columns, by their places, in batches: a string or a float64 array
            of each, nulls where cells are missing. Of a file of texts it is told which columns are
            wanted as numbers, and raises NoNumbers where one has others.
        numbers: the places of columns that seem to be numbers, in a file of texts.
    """

    where: str
    names: list[str]
    of_texts: bool
    read: Callable[[Sequence[int], Collection[int]], Batches]
    numbers: frozenset[int] = frozenset()


class NoNumbers(Exception):
    """Some columns cannot be read as numbers.

    Attributes:
        names: of them.
    """

    def __init__(self, names: Collection[str]) -> None:
        super().__init__(f"Expected numbers in {len(names)} columns, got something else.")
        self.names = names


def check_columns(names: Sequence[str], where: str, most: int) -> None:
    """Refuse a file with one column alone, or with too many.

    Raises:
        CorruptFile: it has fewer than two.
        LimitExceeded: it has too many.
    """
    if len(names) < 2:
        raise CorruptFile(
            f"Expected at least two columns in {where}, the label among them, got {len(names)}; "
            "send what is known of each row too."
        )
    if len(names) > most:
        raise LimitExceeded(
            f"Expected at most {most:,} columns in {where}, got {len(names):,}; leave some out of "
            "the file, or raise PURR_MAX_COLUMNS."
        )


def cut(columns: list[pa.Array]) -> Batches:
    """Yields them in batches of at most CELLS cells."""
    step = max(1, CELLS // max(1, len(columns)))
    rows = len(columns[0]) if columns else 0
    for at in range(0, rows, step):
        yield [column.slice(at, step) for column in columns]


@contextmanager
def faults_named(kind: str, where: str) -> Iterator[None]:
    """What Arrow cannot read becomes an error that names the file.

    Raises:
        UnsupportedFile: it has something that Arrow does not know.
        CorruptFile: it is damaged.
    """
    try:
        yield
    except MemoryError:
        raise
    except pa.ArrowNotImplementedError as error:
        raise UnsupportedFile(
            f"Expected a plain {kind} file, but {where} cannot be read: {said(error)}; "
            "write it again without that."
        ) from error
    except (pa.ArrowException, OSError, UnicodeError) as error:  # the last: of names
        if isinstance(error, OSError) and error.errno:
            raise
        raise CorruptFile(
            f"Expected a whole {kind} file, but reading {where} failed: {said(error)}; "
            "make it again."
        ) from error


def said(error: Exception) -> str:
    """Returns the beginning of what an error says, in one line."""
    line = re.sub(r"[^ -~]+", " ", str(error)).strip(" .")
    return line[:SAID_CHARACTERS]

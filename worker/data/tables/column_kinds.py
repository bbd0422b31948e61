"""What the cells of a column are: numbers, or few texts; or nothing that a network could take."""

import re
from typing import Literal, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from worker.data.packed import quoted
from worker.errors import CorruptFile, LimitExceeded, UnsupportedFile

SHOWN = 3  # texts in a message
CATEGORY_CHARACTERS = 100
DATE = re.compile(
    r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}([T ].*)?|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}( .*)?"
    r"|\d{1,2}:\d{2}(:\d{2}.*)?"
)
NUMBER = r"(?i)^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$"
# A comma before fractions for certain: in 1,234 it may stand between thousands.
BEFORE_FRACTIONS = r"^[+-]?(0?,\d+|\d+,(\d{1,2}|\d{4,}))$"
LEAVE_OUT = "leave the column out (leave_out), or send it as numbers"

Decimal = Literal[".", ","]


class Kind(NamedTuple):
    """What a column is.

    Attributes:
        texts: all of them, sorted; None of a column of numbers.
        decimal: what stands before the fractions of numbers that are written as texts.
    """

    texts: list[str] | None
    decimal: Decimal = "."


class Seen:
    """What was seen of a column so far.

    Attributes:
        commas: whether its numbers have a comma before fractions for certain.
        decimal: with what before fractions all its texts are numbers; None where they are not.
    """

    def __init__(self, name: str, max_categories: int) -> None:
        self.commas = False
        self._called, self._most = f"the column {quoted(name)}", max_categories
        self._numbers = False  # in a file that says which cells are numbers
        self._texts: set[str] = set()
        self._many = False  # more texts than may be kept
        self._points = False
        self.decimal: Decimal | None = "."
        self._first_row = 0
        self._stranger = 0, ""  # the row of the first text that is no number, and the text

    def look(self, cells: pa.Array, row: int, of_texts: bool) -> None:
        """Take in more cells, of which the first is in this row.

        Args:
            of_texts: whether texts may be numbers.
        """
        if cells.null_count == len(cells):
            return
        if not pa.types.is_string(cells.type):
            self._numbers = True
            return
        if not self._texts:
            self._first_row = row + pc.index(pc.is_valid(cells), True).as_py()
        if not of_texts:
            self.decimal = None
        elif self.decimal is not None:
            self._look_for_numbers(cells, row)
        if not self._many:
            self._texts.update(pc.unique(cells).drop_null().to_pylist())
            self._many = len(self._texts) > self._most

    def _look_for_numbers(self, cells: pa.Array, row: int) -> None:
        self._points = self._points or pc.any(pc.match_substring(cells, ".")).as_py()
        if self.decimal == "." and are_numbers(cells):
            return
        with_points = pc.replace_substring(cells, ",", ".")
        if not self._points and are_numbers(with_points):
            self.decimal, self.commas = ",", self.commas or self._before_fractions(cells)
            return
        self.decimal = None
        place = pc.index(pc.match_substring_regex(with_points, NUMBER), False).as_py()
        self._stranger = row + place, cells[place].as_py() or ""

    @staticmethod
    def _before_fractions(cells: pa.Array) -> bool:
        return bool(pc.any(pc.match_substring_regex(cells, BEFORE_FRACTIONS)).as_py())

    def kind(self, where: str, commas: bool) -> Kind | None:
        """Returns what the column is; None where it has nothing at all.

        Args:
            where: the files, for messages.
            commas: whether a column of them has commas before fractions for certain.

        Raises:
            CorruptFile: it has numbers and texts.
            UnsupportedFile: it has dates, or free text.
            LimitExceeded: it has too many texts.
        """
        if self._numbers and self.decimal is None:
            raise CorruptFile(
                f"Expected numbers or texts in {self._called} of {where}, got both; make them all "
                "one or the other."
            )
        if not self._texts:
            return Kind(None) if self._numbers else None
        if self.decimal == ",":
            self._check_commas(where, commas)
        return Kind(None, self.decimal) if self.decimal else self._categories(where)

    def _check_commas(self, where: str, commas: bool) -> None:
        if not (commas or self.commas):
            raise CorruptFile(
                f"Expected numbers in {self._called} of {where} of which it is clear what their "
                f"commas are, got {min(self._texts)!r}; write a point before fractions, and "
                "nothing between thousands."
            )

    def _categories(self, where: str) -> Kind:
        some = ", ".join(quoted(text) for text in sorted(self._texts)[:SHOWN])
        if all(DATE.fullmatch(text) for text in self._texts):
            raise UnsupportedFile(
                f"Expected numbers or few texts in {self._called} of {where}, got dates or times "
                f"such as {some}; send what of them matters as numbers, such as the year, the "
                "month or the days since the first one, or leave the column out (leave_out)."
            )
        row, text = self._stranger
        if self._many and row > self._first_row:
            raise CorruptFile(
                f"Expected numbers in {self._called} of {where}, as in row {self._first_row:,}, "
                f"got {quoted(text)} in row {row:,}; mend it, or leave the cell empty."
            )
        if not all(map(is_category, self._texts)):
            raise UnsupportedFile(
                f"Expected numbers, or texts of at most {CATEGORY_CHARACTERS} printable "
                f"characters, in {self._called} of {where}, got free text; {LEAVE_OUT}."
            )
        if self._many:
            raise LimitExceeded(
                f"Expected numbers, or at most {self._most:,} different texts, in {self._called} "
                f"of {where}, got more, such as {some}; {LEAVE_OUT}, or raise PURR_MAX_CATEGORIES."
            )
        return Kind(sorted(self._texts))


def is_category(text: str) -> bool:
    """Whether a text can be one: a short one that can be read, which may have several lines."""
    return len(text) <= CATEGORY_CHARACTERS and "".join(text.splitlines()).isprintable()


def are_numbers(cells: pa.Array) -> bool:
    """Whether all texts are numbers."""
    try:
        cells.cast(pa.float64())
    except pa.ArrowInvalid:
        return False
    return True

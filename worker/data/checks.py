"""What a person would want to know about a dataset before training on it."""

from collections.abc import Sequence
from dataclasses import replace

from worker.data.cleaning import edit_of
from worker.data.packed import some
from worker.data.reading import Reading
from worker.data.row_checks import OF_PICTURES
from worker.data.tables.checks import OF_COLUMNS, OF_TABLE
from worker.data.written_arrays import WrittenArrays
from worker.findings.finding import Finding
from worker.findings.rule import Observation, Rule, findings

NAMED = 5  # files or arrays that a finding names; the rest it counts


def examine(reading: Reading, arrays: WrittenArrays) -> list[Finding]:
    """Returns all findings about a dataset: those of the upload first, then those of its rows, with
    the edits that would mend them."""
    of_rows = findings(OF_PICTURES if arrays.table is None else OF_TABLE, arrays)
    mended = [replace(found, edit=edit_of(found.code, arrays)) for found in of_rows]
    return findings((*OF_READING, *OF_COLUMNS), reading) + mended


def outside_classes(reading: Reading) -> Observation | None:
    what = "are of no class and were left out"
    return counted(reading.outside, reading.files, what)


def no_pictures(reading: Reading) -> Observation | None:
    return counted(reading.no_pictures, reading.files, "are no pictures and were passed over")


def validation_as_test(reading: Reading) -> Observation | None:
    if not reading.validation_as_test:
        return None
    return Observation(
        "No test split was sent, so the rows to validate are the test split: the models are "
        "measured on them."
    )


def held_out(reading: Reading) -> Observation | None:
    if not reading.held_out:
        return None
    return Observation(
        f"No test split was sent, so {reading.held_out:,} of {reading.rows:,} rows, a fifth of "
        "each class chosen at random, were held out of training as the test split."
    )


def unreadable(reading: Reading) -> Observation | None:
    return counted(reading.unreadable, reading.rows, "cannot be read and were left out")


def misnamed(reading: Reading) -> Observation | None:
    what = "are of another format than their names say and were read as what they are"
    return counted(reading.misnamed, reading.rows, what)


def cut_short(reading: Reading) -> Observation | None:
    what = "lack their end and were read as far as they go"
    return counted(reading.cut_short, reading.rows, what)


def left_out(reading: Reading) -> Observation | None:
    if not reading.left_out:
        return None
    return Observation(f"Arrays that were not read: {first(reading.left_out)}")


def changes(reading: Reading) -> Observation | None:
    if not reading.changes:
        return None
    return Observation(f"To read the arrays, they were changed: {first(reading.changes)}")


def counted(names: Sequence[str], total: int, what: str) -> Observation | None:
    """Returns how many files of the total this is true of, with the first names."""
    if not names:
        return None
    return Observation(f"{len(names):,} of {total:,} files {what}: {first(names)}")


def first(names: Sequence[str]) -> str:
    """Returns the first names, and how many more there are."""
    return some(names, NAMED, joint="; ")


OF_READING: tuple[Rule[Reading], ...] = (
    Rule("no_pictures", "info", no_pictures),
    Rule("files_outside_classes", "warning", outside_classes),
    Rule("test_held_out", "info", held_out),
    Rule("validation_as_test", "info", validation_as_test),
    Rule("unreadable_pictures", "warning", unreadable),
    Rule("misnamed_pictures", "info", misnamed),
    Rule("cut_short_pictures", "warning", cut_short),
    Rule("arrays_left_out", "info", left_out),
    Rule("arrays_changed", "info", changes),
)

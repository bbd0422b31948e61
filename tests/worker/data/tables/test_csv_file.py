"""CSV in every form that people have it in, and in forms that nobody should."""

from pathlib import Path
from typing import Any

import pytest

from tests.worker.data.tables.making import HEAD, column, imported, text
from worker.data.tables import csv_file
from worker.data.tables.csv_file import LETTERS, MISSING, head_of, opened
from worker.data.tables.source import NoNumbers
from worker.errors import CorruptFile, LimitExceeded, UnsupportedFile, WorkerError
from worker.settings import Settings

PLAIN = text()


@pytest.mark.parametrize(
    "content",
    [
        PLAIN.replace(b",", b";"),
        PLAIN.replace(b",", b"\t"),
        PLAIN.replace(b",", b"|"),
        PLAIN.replace(b",", b" ,\t"),
        PLAIN.replace(b"\n", b"\r\n"),
        PLAIN.replace(b"a\n", b'"a"\n'),
        PLAIN.replace(b"\n", b"\n\n"),
        b"\xef\xbb\xbf" + PLAIN,
        PLAIN.rstrip(b"\n"),
    ],
    ids=["semicolons", "tabs", "bars", "blanks", "crlf", "quotes", "empty lines", "bom", "no end"],
)
def test_the_same_table_is_read_however_it_is_written(tmp_path: Path, content: bytes) -> None:
    folders = [tmp_path / name for name in ("plain", "other")]
    for folder in folders:
        folder.mkdir()
    plain, other = imported(folders[0], PLAIN), imported(folders[1], content)
    assert other.prepared.preprocessing == plain.prepared.preprocessing
    for split, x in plain.x.items():
        assert (other.x[split] == x).all()
        assert (other.y[split] == plain.y[split]).all()


def test_texts_in_quotes_may_have_separators_quotes_and_lines(tmp_path: Path) -> None:
    cells = ['"a, ""b"""', '"c;d"', '"e\nf"'] * 20
    found = imported(tmp_path, column(cells)).columns["c"]
    assert found.categories == ('a, "b"', "c;d", "e\nf")


def test_what_ends_a_line_elsewhere_is_a_part_of_a_cell_here(tmp_path: Path) -> None:
    cells = ["e\u2028f", "e\x85f", "e\x0bf"] * 20
    assert imported(tmp_path, column(cells)).columns["c"].categories == tuple(sorted(set(cells)))


def test_and_so_it_is_in_the_name_of_a_column(tmp_path: Path) -> None:
    content = text().replace(b"x,z,label", "x\u2028y,z\x0bw,label".encode(), 1)
    with pytest.raises(CorruptFile, match="printable characters"):
        imported(tmp_path, content)


def test_rows_that_are_all_longer_than_the_first_have_no_column_too_many(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_bytes(b"x,label\n1,2,3\n4,5,6\n")
    assert csv_file.head_of(path, "data.csv").numbers == {0, 1}


@pytest.mark.parametrize(
    ("content", "kind", "words"),
    [
        (text(more="1,2\n"), CorruptFile, "Expected 3 columns in each row .* got 2 in row 42"),
        (text(more="1,2,3,a\n"), CorruptFile, "Expected 3 columns in each row .* got 4 in row 42"),
        (
            text(more='1,2,"a\n3,4,b\n'),
            CorruptFile,
            "row 42 has several lines with .* close its quotes",
        ),
        (text(more='1,"2,a\n3,4,b\n'), CorruptFile, "got 2 in row 42"),
        (text(rows=2000, more="1,2,\xe9\n").decode().encode("latin-1"), CorruptFile, "as UTF-8"),
        (text(rows=2000, more="1,\0,a\n"), UnsupportedFile, "'z' .* got free text"),
        (text("x,x,label\n"), CorruptFile, "different names in 01-data.csv, got 'x' 2 times"),
        (text(f"{'x' * 201},z,label\n"), CorruptFile, "at most 200 printable characters"),
        (text("x,z\u202e,label\n"), UnsupportedFile, "look like no format known here"),
        (b"x,z,label\n" + b"\n" * 2000, CorruptFile, "Expected rows below the names"),
        (b"x,z,label\n", UnsupportedFile, "look like plain text"),
        (text().decode().encode("utf-16"), UnsupportedFile, "text in UTF-16; save it again"),
        (text().replace(b"a\n", b"\xe9\n"), UnsupportedFile, "not in UTF-8; save it again"),
        (text(more="1,\0,a\n").replace(b"0,0", b"\0,0"), UnsupportedFile, "no format known"),
    ],
    ids=range(14),
)
def test_what_is_no_table_is_refused(
    tmp_path: Path, content: bytes, kind: type[WorkerError], words: str
) -> None:
    with pytest.raises(kind, match=words):
        imported(tmp_path, content)


@pytest.mark.parametrize(
    "row", ['1,2,"a\n' + "3,4,b\n" * 500, "1," + "2" * 3_000 + ",a\n"], ids=["quote", "number"]
)
def test_a_row_that_does_not_end_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, row: str
) -> None:
    monkeypatch.setattr(csv_file, "BLOCK_BYTES", 1_000)
    with pytest.raises(LimitExceeded, match=r"rows of at most 1,000 bytes in .*, got a longer one"):
        imported(tmp_path, text(more=row))


def test_so_many_columns_are_refused_before_they_are_read(tmp_path: Path) -> None:
    names = [f"c{number}" for number in range(10_000)]
    rows = (",".join(["1"] * 10_000 + ["ab"[row % 2]]) + "\n" for row in range(4))
    content = (",".join([*names, "label"]) + "\n" + "".join(rows)).encode()
    with pytest.raises(LimitExceeded, match=r"at most 4,096 columns in .*, got 10,001"):
        imported(tmp_path, content)


def test_a_thousand_columns_are_read(tmp_path: Path) -> None:
    names = [f"c{number}" for number in range(1000)]
    rows = (",".join([f"{row}.5"] * 1000 + ["ab"[row % 2]]) + "\n" for row in range(20))
    content = (",".join([*names, "label"]) + "\n" + "".join(rows)).encode()
    assert imported(tmp_path, content).prepared.shape == [1000]


def test_the_separator_is_that_by_which_rows_are_even(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("a;b, c;d\n1,5;2,5;x\n1;2;x, y, z\n")
    assert head_of(path, "a.csv") == (";", ["a", "b, c", "d"], frozenset())
    path.write_text("one\ntwo\n")
    with pytest.raises(CorruptFile, match="names of at least two columns in the first row"):
        head_of(path, "a.csv")


@pytest.mark.parametrize("missing", ["", "NA", "n/a", "NaN", "null", "None", "?"])
def test_words_for_what_is_missing_are_read_as_that(tmp_path: Path, missing: str) -> None:
    found = imported(tmp_path, column([missing, 3, 5, 7] * 10)).columns["c"]
    assert (found.kind, found.missing, found.median) == ("number", True, 5)


@pytest.mark.parametrize("numbers", [(), (0,)], ids=["texts", "numbers"])
def test_rows_are_the_same_in_whichever_blocks_they_come(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, numbers: tuple[int, ...]
) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(text(rows=1000))

    def read() -> list[Any]:
        found = opened(path, "a.csv", 10)
        batches = found.read([2, 0], numbers)
        return [row for batch in batches for row in zip(*map(list, batch), strict=True)]

    whole = read()
    monkeypatch.setattr(csv_file, "BLOCK_BYTES", 100)
    monkeypatch.setattr("worker.data.tables.source.CELLS", 7)
    assert read() == whole
    assert len(whole) == 1000
    assert [str(cell) for cell in whole[4]] == ["a", "4.0" if numbers else "4"]


def test_limits_are_those_of_the_settings(tmp_path: Path) -> None:
    with pytest.raises(LimitExceeded, match="PURR_MAX_COLUMNS"):
        imported(tmp_path, text(HEAD), Settings(min_free_bytes=0, max_columns=2))


def test_what_is_missing_has_a_letter() -> None:
    assert all(not text or max(text.encode()) >= LETTERS for text in MISSING.to_pylist())


def test_columns_that_seem_to_be_numbers_are_told(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("a,b,c,d,e\n1, -2.5e3 ,NA,x,\n2,,3,4,\n")
    assert opened(path, "a.csv", 10).numbers == {0, 1, 2}


def test_numbers_are_those_that_their_texts_say(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    cells = [" 1", "+2", "-0", "1e400", '"3"', "", "NA", '"NA"', "inf", "0.1", "12345678901234567"]
    path.write_text("a,b\n" + "".join(f"{cell},x\n" for cell in cells))
    (numbers,) = opened(path, "a.csv", 10).read([0], [0])
    (texts,) = opened(path, "a.csv", 10).read([0], [])
    assert numbers[0].equals(texts[0].cast("float64"))
    assert texts[0].type == "string"


@pytest.mark.parametrize("last", ["x", " NA ", '"4\n5"', "3,5"])
def test_a_column_of_which_only_the_beginning_is_numbers_is_read_as_texts(
    tmp_path: Path, last: str
) -> None:
    path = tmp_path / "a.csv"
    path.write_text("a;b;c\n" + "1;2;x\n" * 40 + f"1;{last};x\n")
    source = opened(path, "a.csv", 10)
    assert source.numbers == {0, 1}
    with pytest.raises(NoNumbers) as error:
        [*source.read([0, 1, 2], [0, 1])]
    assert error.value.names == ["b"]


def test_what_is_wrong_elsewhere_is_told_as_where_all_are_texts(tmp_path: Path) -> None:
    content = (PLAIN.decode() + "1,2\n").encode()
    with pytest.raises(CorruptFile, match=r"got 2 in row \d+; mend that row"):
        imported(tmp_path, content)


def test_several_columns_that_only_seem_to_be_numbers_are_categories(tmp_path: Path) -> None:
    names = [f"c{number}" for number in range(6)]
    rows = [["1"] * 6] * 30 + [["p"] * 6] * 30
    lines = [[*names, "n", "label"], *([*row, f"{n}", "ab"[n % 2]] for n, row in enumerate(rows))]
    found = imported(tmp_path, "".join(f"{','.join(line)}\n" for line in lines).encode())
    assert {found.columns[name].kind for name in names} == {"text"}
    assert {found.columns[name].categories for name in names} == {("1", "p")}

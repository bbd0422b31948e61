"""What a column is: numbers, or few texts, or refused with advice."""

from pathlib import Path

import numpy as np
import pytest

from tests.worker.data.tables.making import column, imported
from worker.errors import CorruptFile, LimitExceeded, UnsupportedFile, WorkerError
from worker.settings import Settings


@pytest.mark.parametrize(
    ("cells", "mean"),
    [
        (["1", "2", "3"], 2),
        (["1.5", "-2.5", ".5"], -1 / 6),
        (["1e3", "+2E3", "3000."], 2000),
        (["007", "8", "9"], 8),
    ],
)
def test_numbers_are_numbers_as_they_are(tmp_path: Path, cells: list[str], mean: float) -> None:
    found = imported(tmp_path, {"train.csv": column(cells * 4), "test.csv": column(cells)})
    assert found.columns["c"].mean == pytest.approx(mean)


@pytest.mark.parametrize(
    ("cells", "mean"),
    [(["1,5", "2,25", "3"], 2.25), (["0,500", "1,000"], 0.75), ([",5", "1"], 0.75)],
)
def test_a_comma_before_fractions_is_read_where_it_is_clear(
    tmp_path: Path, cells: list[str], mean: float
) -> None:
    content = column(["\0".join(cell.split(",")) for cell in cells * 6], separator=";")
    content = content.replace(b"\0", b",")
    files = {"train.csv": content, "test.csv": content}
    assert imported(tmp_path, files).columns["c"].mean == pytest.approx(mean)


def test_one_column_tells_what_the_commas_of_another_are(tmp_path: Path) -> None:
    rows = "".join(f"{n},25;1,{n + 100};{'ab'[n % 2]}\n" for n in range(20))
    found = imported(tmp_path, f"x;c;label\n{rows}".encode())
    assert found.columns["c"].mean == pytest.approx(1.1, abs=0.02)


@pytest.mark.parametrize(
    ("cells", "kind", "words"),
    [
        (["1;234", "5;678"], CorruptFile, "clear what their commas are, got '1,234'"),
        (["2024-01-05", "2024-02-17"], UnsupportedFile, "got dates or times such as '2024-01-05'"),
        (["5.1.2024", "17.2.2024"], UnsupportedFile, "the year, the month or the days"),
        (["12:30", "01:15:09"], UnsupportedFile, "dates or times"),
        (["x" * 101, "y"], UnsupportedFile, "got free text; leave the column out"),
        ([*map(str, range(300)), "many"], CorruptFile, "as in row 2, got 'many' in row 302"),
        ([f"name {n}" for n in range(101)], LimitExceeded, "got more, such as 'name 0'"),
    ],
    ids=range(7),
)
def test_what_no_network_could_take_is_refused_with_advice(
    tmp_path: Path, cells: list[str], kind: type[WorkerError], words: str
) -> None:
    content = column(cells * 20, separator="|" if ";" in cells[0] else ",").replace(b";", b",")
    with pytest.raises(kind, match=f"the column 'c' .*{words}"):
        imported(tmp_path, content)


def test_such_a_column_can_be_left_out(tmp_path: Path) -> None:
    found = imported(tmp_path, column([f"name {n}" for n in range(200)]), leave_out=("c",))
    assert [*found.columns] == ["x"]
    assert found.findings["columns_left_out"] == "Columns that are not used: 'c' (as was asked)."


def test_few_texts_are_categories_numbers_among_them(tmp_path: Path) -> None:
    found = imported(tmp_path, column(["red", "2", "", "1,5".replace(",", ".")] * 10))
    assert found.columns["c"].categories == ("1.5", "2", "red")
    assert found.columns["c"].missing
    assert {tuple(row) for row in found.x["train"][:, 1:]} <= {tuple(row) for row in np.eye(4)}


def test_how_many_texts_may_be_is_a_setting(tmp_path: Path) -> None:
    with pytest.raises(LimitExceeded, match="PURR_MAX_CATEGORIES"):
        imported(tmp_path, column("pqr" * 9), Settings(min_free_bytes=0, max_categories=2))


def test_a_column_with_nothing_in_it_is_left_out(tmp_path: Path) -> None:
    found = imported(tmp_path, column([""] * 40))
    assert [*found.columns] == ["x"]
    assert "'c' (empty)" in found.findings["columns_left_out"]

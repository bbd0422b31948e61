"""Files without labels become rows that a model can be asked about."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from tests.worker.data.making import class_folders, encoded, npz_file, pictures, zipped
from worker.data.pictures.pixels import decode
from worker.data.preprocessing import Preprocessing
from worker.data.progress import untold
from worker.data.row_names import read_names
from worker.data.tables.columns import NumberColumn, TextColumn
from worker.data.tables.preprocessing import TablePreprocessing
from worker.data.unlabelled.importer import Wanted, import_rows, opened
from worker.data.unlabelled.rows import UPLOAD, Problems, mapped, write
from worker.errors import CorruptFile, LimitExceeded, UnsupportedFile
from worker.findings.finding import Finding
from worker.jsontypes import Json
from worker.settings import Settings

HOW = Preprocessing(height=16, width=16)
OF_PICTURES = Wanted(HOW.as_dict(), [16, 16, 3], False)
AGE = NumberColumn("age", 1.0, 2.0, 1.0, missing=True)
TABLE = TablePreprocessing("answer", (AGE, TextColumn("colour", ("blue", "red"), missing=True)))
OF_TABLE = Wanted(TABLE.as_dict(), [5], False)


class Found(NamedTuple):
    x: Any
    names: list[str]
    problems: dict[int, Json]
    warnings: list[Finding]


Read = Callable[..., Found]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """What becomes of files."""

    def found(files: Sequence[Path], wanted: Wanted = OF_PICTURES, **limits: Any) -> Found:
        settings = Settings(data_dir=tmp_path, min_free_bytes=0, **limits)
        warnings: list[Finding] = []
        target = tmp_path / "made"
        target.mkdir()
        with opened(files, wanted, settings, untold, warnings) as rows:
            write(rows, target, settings, untold)
        x = mapped(target).x
        problems = Problems(target).of(0, len(x))
        return Found(x, read_names(target, UPLOAD) or [], problems, warnings)

    return found


def test_pictures_of_a_zip_have_their_names_and_what_cannot_be_read_a_problem(
    read: Read, tmp_path: Path
) -> None:
    good = encoded(pictures(1, 40)[0])
    inside = {"a/1.png": good, "broken.png": good[:60], "empty.jpg": b"", "notes.txt": b"hello"}
    found = read([zipped(tmp_path / "01-all.zip", inside)])
    assert found.names == ["a/1.png", "broken.png", "empty.jpg"]
    assert {row: known["code"] for row, known in found.problems.items()} == {
        1: "corrupt_file",
        2: "unsupported_media_type",
    }
    assert "damaged" in found.problems[1]["detail"]
    # As the service decodes what is sent to `predict`.
    assert np.array_equal(found.x[0], decode(good, HOW, max_bytes=10**6, max_pixels=10**6).pixels)
    assert not found.x[1].any()


def test_of_several_files_each_name_says_which(read: Read, tmp_path: Path) -> None:
    folders = zipped(tmp_path / "01-all.zip", class_folders(each=1))
    alone, empty = tmp_path / "02-me.png", tmp_path / "03-none.png"
    alone.write_bytes(encoded(pictures(1, 20)[0]))
    empty.write_bytes(b"")
    found = read([folders, alone, empty])
    assert found.names == ["all.zip/cat/0.png", "all.zip/other/0.png", "me.png", "none.png"]
    assert [*found.problems] == [3]


@pytest.mark.parametrize("flat", [False, True])
@pytest.mark.parametrize("whole", [False, True])
def test_rows_of_pixels_are_taken_as_they_are(
    read: Read, tmp_path: Path, flat: bool, whole: bool
) -> None:
    rows, file = pictures(3, 16), tmp_path / "01-rows.npy"
    np.save(file, rows.reshape(3, -1) if flat else rows)
    found = read([file], OF_PICTURES._replace(whole=whole))
    assert (found.x.dtype, found.names) == (np.uint8, ["rows.npy"] * 3)
    assert np.array_equal(found.x, rows)


def test_a_row_of_wrong_numbers_has_a_problem_and_others_keep_their_fractions(
    read: Read, tmp_path: Path
) -> None:
    rows = np.full((4, 768), 0.1)
    rows[1, 5], rows[3, 0] = np.nan, 256
    np.save(tmp_path / "01-rows.npy", rows)
    found = read([tmp_path / "01-rows.npy"])
    assert [*found.problems] == [1, 3]
    assert np.array_equal(found.x[[0, 2]].reshape(2, -1), rows[[0, 2]])
    assert [warning.code for warning in found.warnings] == ["values_up_to_1"]


@pytest.mark.parametrize(("brightest", "codes"), [(1.0, ["values_up_to_1"]), (9.0, [])])
def test_what_is_odd_is_said_once_of_all_files_together(
    read: Read, tmp_path: Path, brightest: float, codes: list[str]
) -> None:
    files = [tmp_path / f"0{number}-rows.npy" for number in (1, 2, 3)]
    for file, value in zip(files, (0.5, brightest, 1.0), strict=True):
        np.save(file, np.full((2, 768), value))
    found = read(files)
    assert [warning.code for warning in found.warnings] == codes
    assert found.names == [name for name in ("rows.npy", "rows.npy", "rows.npy") for _ in "12"]


def test_of_an_npz_it_is_the_array_with_such_rows(read: Read, tmp_path: Path) -> None:
    file = npz_file(tmp_path / "01-a.npz", other=np.zeros(3), pixels=pictures(3, 16))
    assert len(read([file]).x) == 3


def test_numbers_of_a_table_may_be_an_array(read: Read, tmp_path: Path) -> None:
    numbers = TablePreprocessing("answer", (AGE,))
    np.save(tmp_path / "01-a.npy", np.array([[3.0], [np.nan], [np.inf]]))
    found = read([tmp_path / "01-a.npy"], Wanted(numbers.as_dict(), [2], False))
    assert np.array_equal(found.x, [[1, 0], [0, 1], [0, 0]])
    assert [*found.problems] == [2]


@pytest.mark.parametrize(
    ("name", "data", "wanted", "kind"),
    [
        ("a.npy", np.zeros((3, 15, 16, 3)), OF_PICTURES, CorruptFile),
        ("a.npy", np.zeros((3, 2)), OF_TABLE, UnsupportedFile),
        ("a.npy", np.full((3, 768), np.nan), OF_PICTURES, CorruptFile),
        ("a.csv", "a,b\n1,2\n", OF_PICTURES, UnsupportedFile),
        ("a.csv", "", OF_TABLE, UnsupportedFile),
    ],
)
def test_what_a_model_cannot_be_asked_about_is_refused(
    read: Read, tmp_path: Path, name: str, data: Any, wanted: Wanted, kind: type[Exception]
) -> None:
    if isinstance(data, str):
        (tmp_path / name).write_text(data)
    else:
        np.save(tmp_path / name, data)
    with pytest.raises(kind, match="Expected"):
        read([tmp_path / name], wanted)


def test_no_more_rows_than_a_dataset_has(read: Read, tmp_path: Path) -> None:
    np.save(tmp_path / "01-rows.npy", pictures(3, 16))
    with pytest.raises(LimitExceeded, match="at most 2 rows"):
        read([tmp_path / "01-rows.npy"], max_rows=2)


def test_all_of_it_happens_in_a_sealed_process(tmp_path: Path) -> None:
    (tmp_path / "made").mkdir()
    file, settings = (
        zipped(tmp_path / "01-a.zip", class_folders(each=2)),
        Settings(data_dir=tmp_path),
    )
    told: list[Any] = []
    made = import_rows(
        [file], tmp_path / "made", OF_PICTURES, settings, tell=lambda *a: told.append(a)
    )
    assert (made.rows, made.warnings, told[-1]) == (4, [], ("converting", 4, 4))
    assert mapped(tmp_path / "made").x.shape == (4, 16, 16, 3)

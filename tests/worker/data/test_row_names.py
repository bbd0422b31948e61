"""How rows were called in their upload."""

from pathlib import Path

import pytest

from worker.data.row_names import MAX_NAME_BYTES, NameWriter, read_name


def written(folder: Path, names: list[str]) -> list[str | None]:
    with NameWriter(folder, "train") as writer:
        for name in names:
            writer.append([name])
    return [read_name(folder, "train", row) for row in range(len(names))]


def test_every_name_is_found_by_its_row(tmp_path: Path) -> None:
    names = ["cat/a.jpg", "", "猫/ñandú 1.png", "line\nend.jpg", "dog/b.jpg"]
    assert written(tmp_path, names) == names


def test_rows_of_another_split_have_no_names(tmp_path: Path) -> None:
    written(tmp_path, ["a"])
    assert read_name(tmp_path, "test", 0) is None


@pytest.mark.parametrize("letter", ["a", "é", "猫", "🐈"])
def test_a_long_name_keeps_its_end(tmp_path: Path, letter: str) -> None:
    name = f"{letter * 300}/7.jpg"
    [kept] = written(tmp_path, [name])
    assert kept is not None
    assert kept.startswith(f"…{letter}")
    assert name.endswith(kept[1:])
    assert MAX_NAME_BYTES - 4 <= len(kept.encode()) <= MAX_NAME_BYTES


def test_a_name_that_just_fits_is_whole(tmp_path: Path) -> None:
    name = "a" * MAX_NAME_BYTES
    assert written(tmp_path, [name]) == [name]


def test_bytes_that_are_no_text_are_question_marks(tmp_path: Path) -> None:
    assert written(tmp_path, [b"cat/\xff.jpg".decode(errors="surrogateescape")]) == ["cat/?.jpg"]

"""What is uploaded is known by its size before, and never whole in memory."""

import io
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import pytest

from purrceptron.files import PIECE, Source, files_in
from purrceptron.files import sources as sources_of

Sources = Callable[..., list[Source]]


@pytest.fixture
def sources() -> Iterator[Sources]:
    """What is sent of several."""
    with ExitStack() as stack:
        yield lambda *given: sources_of(given, stack)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of pictures: one larger than a piece, one empty, one with a name of its own."""
    made = tmp_path / "pets"
    for name, size in {"cat/a.jpg": 2 * PIECE + 5, "dog/b.jpg": 0, "dog/ä b.jpg": 7}.items():
        path = made / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(bytes(range(256)) * (size // 256) + bytes(size % 256))
    (made / "cat" / ".hidden").touch()
    return made


def test_a_folder_is_a_zip_as_long_as_was_said_before(sources: Sources, folder: Path) -> None:
    (source,) = sources(folder)
    pieces = list(source.checked())
    assert source.name == "pets.zip"
    assert sum(map(len, pieces)) == source.size
    assert max(map(len, pieces)) < PIECE + 1000
    with ZipFile(io.BytesIO(b"".join(pieces))) as packed:
        assert packed.namelist() == ["cat/a.jpg", "dog/b.jpg", "dog/ä b.jpg"]
        assert packed.testzip() is None
        assert packed.read("cat/a.jpg") == (folder / "cat" / "a.jpg").read_bytes()


def test_names_that_are_no_unicode_are_sent_as_far_as_they_are(
    sources: Sources, tmp_path: Path
) -> None:
    odd = tmp_path / os.fsdecode(b"pets\xff") / os.fsdecode(b"\xfe.jpg")
    odd.parent.mkdir()
    odd.write_bytes(b"x")
    (folder,), (file,) = sources(odd.parent), sources(odd)
    assert (folder.name, file.name) == ("pets?.zip", "?.jpg")
    with ZipFile(io.BytesIO(b"".join(folder.checked()))) as packed:
        assert packed.namelist() == ["?.jpg"]


def test_odd_files_are_sent_or_left_out(sources: Sources, folder: Path) -> None:
    os.mkfifo(folder / "pipe")
    (folder / "link").symlink_to(folder / "dog/ä b.jpg")
    (folder / "around").symlink_to(folder)
    (folder / ".git").mkdir()
    (folder / ".git" / "config").touch()
    os.utime(folder / "dog" / "b.jpg", (0, 0))  # before a zip's first year
    (source,) = sources(folder)
    with ZipFile(io.BytesIO(b"".join(source.checked()))) as packed:
        assert packed.read("link") == packed.read("dog/ä b.jpg")
        assert packed.namelist() == ["link", "cat/a.jpg", "dog/b.jpg", "dog/ä b.jpg"]


def test_of_a_folder_of_other_things_too_all_is_a_zip(sources: Sources, tmp_path: Path) -> None:
    for name in ("x.npy", "y.NPY"):
        (tmp_path / name).touch()
    assert [each.name for each in sources(tmp_path)] == ["x.npy", "y.NPY"]
    (tmp_path / "cat.png").touch()
    assert [each.name for each in sources(tmp_path)] == [f"{tmp_path.name}.zip"]


@pytest.mark.parametrize("change", [b"", b"more than there was"], ids=["shorter", "longer"])
@pytest.mark.parametrize("whole", [True, False], ids=["folder", "file"])
def test_what_changes_while_it_is_sent_is_not_sent(
    sources: Sources, folder: Path, change: bytes, whole: bool
) -> None:
    file = folder / "dog" / "ä b.jpg"
    (source,) = sources(folder if whole else file)
    file.write_bytes(change)
    with pytest.raises(OSError, match="has changed while it was sent"):
        list(source.checked())


@pytest.mark.parametrize("names", [["train.h5", "test.h5"], ["a.csv", "b.csv"]])
def test_a_folder_of_arrays_or_of_tables_is_sent_as_these(
    sources: Sources, tmp_path: Path, names: list[str]
) -> None:
    for name in names:
        (tmp_path / name).write_bytes(b"x")
    assert [each.name for each in sources(tmp_path)] == sorted(names)


def test_arrays_are_one_file_of_numpy(sources: Sources) -> None:
    (source,) = sources({"x_train": np.arange(6).reshape(2, 3), "y_train": [0, 1]})
    for _ in range(2):  # as often as it takes
        packed = b"".join(source.checked())
        assert len(packed) == source.size
    with np.load(io.BytesIO(packed)) as arrays:
        assert arrays["x_train"].tolist() == [[0, 1, 2], [3, 4, 5]]
        assert arrays["y_train"].tolist() == [0, 1]


def test_arrays_of_objects_are_no_arrays(sources: Sources) -> None:
    with pytest.raises(ValueError, match="allow_pickle"):
        sources({"x": np.array([object()])})


def test_an_empty_folder_is_refused(sources: Sources, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="Expected files in the folder"):
        sources(tmp_path)


def test_a_file_that_is_not_there_is_named(sources: Sources, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"nothing\.zip"):
        sources(tmp_path / "nothing.zip")


def test_links_to_folders_are_not_followed(folder: Path) -> None:
    (folder / "again").symlink_to(folder, target_is_directory=True)
    assert len(files_in(folder)) == 3

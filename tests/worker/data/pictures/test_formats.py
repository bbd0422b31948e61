from pathlib import Path

import pytest

from service.cli.pictures import find_pictures
from tests.worker.data.making import encoded, pictures
from worker.data.pictures.formats import FORMATS, SUFFIXES, format_of

PAGE = Path(__file__).parents[4] / "docs" / "datasets.md"


@pytest.mark.parametrize("name", FORMATS)
def test_a_format_is_named_as_pillow_names_it(name: str) -> None:
    assert FORMATS[name].decoder.format == name


@pytest.mark.parametrize("name", FORMATS)
def test_a_picture_is_known_by_its_first_bytes_and_cut_shorter_it_is_not(name: str) -> None:
    data = encoded(pictures(1)[0], name)
    assert format_of(data) == format_of(data[:12]) == name
    assert format_of(data[:2]) is None


def test_the_page_about_datasets_names_all_formats() -> None:
    page = PAGE.read_text()
    assert [known.title for known in FORMATS.values() if known.title not in page] == []


def test_a_folder_is_searched_for_the_names_of_all_formats(tmp_path: Path) -> None:
    paths = sorted(tmp_path / f"a{suffix}" for suffix in SUFFIXES)
    for path in [*paths, tmp_path / "a.jp2"]:
        path.touch()
    assert find_pictures([tmp_path]) == paths

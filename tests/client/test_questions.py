"""Whatever a model is asked, it is asked in as few requests as may be."""

import io
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from purrceptron.questions import BYTES, PICTURES, ROWS, bodies

PNG = b"\x89PNG\r\n"


def one(asked: Any) -> Any:
    (body,) = bodies(asked)
    return body


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "cat.png"
    path.write_bytes(PNG)
    return path


def test_a_picture_is_a_path_or_its_bytes(file: Path) -> None:
    assert one(file) == one(str(file)) == one(PNG) == one(bytearray(PNG)) == {"content": PNG}


def test_a_list_of_pictures_is_a_form(file: Path) -> None:
    assert one([file, PNG]) == {"files": [("image", ("cat.png", PNG)), ("image", ("picture", PNG))]}


@pytest.mark.parametrize(
    ("pictures", "sizes"),
    [
        ([PNG] * (PICTURES + 1), [PICTURES, 1]),
        ([bytes(BYTES // 2 + 1)] * 2, [1, 1]),
    ],
    ids=["many", "large"],
)
def test_more_pictures_than_one_request_takes_are_several(
    pictures: list[bytes], sizes: list[int]
) -> None:
    assert [len(body["files"]) for body in bodies(pictures)] == sizes


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "CMYK"])
def test_a_picture_of_pillow_keeps_its_pixels(mode: str) -> None:
    picture = Image.effect_noise((7, 5), 50).convert(mode)
    sent = Image.open(io.BytesIO(one(picture)["content"]))
    assert (sent.mode, sent.tobytes()) == (mode, picture.tobytes())


def test_a_picture_of_pillow_says_how_it_was_held() -> None:
    picture = Image.new("RGB", (2, 3))
    picture.getexif()[0x112] = 6
    assert Image.open(io.BytesIO(one(picture)["content"])).getexif()[0x112] == 6


@pytest.mark.parametrize(
    ("asked", "rows"),
    [
        ([1, 2.5, None], [[1, 2.5, None]]),
        ((1, 2), [[1, 2]]),
        ([[1, 2], (3, 4)], [[1, 2], [3, 4]]),
        ([3, "red"], [[3, "red"]]),
        ([["red"]], [["red"]]),
        ({"age": 3, "colour": "red"}, [{"age": 3, "colour": "red"}]),
        ([{"age": 3}, {"age": float("nan")}], [{"age": 3}, {"age": None}]),
    ],
)
def test_rows_are_json(asked: Any, rows: list[Any]) -> None:
    assert one(asked) == {"json": {"rows": rows}}


@pytest.mark.parametrize(
    ("asked", "shape"),
    [
        (np.zeros(3), (1, 3)),
        (np.zeros((2, 3)), (2, 3)),
        (np.zeros((4, 4, 3), np.uint8), (1, 4, 4, 3)),
        (np.zeros((2, 4, 4, 3), np.uint8), (2, 4, 4, 3)),
        ([np.zeros((4, 4, 3)), np.ones((4, 4, 3))], (2, 4, 4, 3)),
        ([np.float32(1), np.float32(2)], (1, 2)),
    ],
)
def test_arrays_are_a_file_of_numpy(asked: Any, shape: tuple[int, ...]) -> None:
    assert np.load(io.BytesIO(one(asked)["content"])).shape == shape


def test_more_rows_than_one_request_takes_are_several() -> None:
    sent = [
        np.load(io.BytesIO(body["content"])) for body in bodies(np.arange(2 * ROWS + 1)[:, None])
    ]
    assert [len(each) for each in sent] == [ROWS, ROWS, 1]
    assert np.concatenate(sent)[:, 0].tolist() == [*range(2 * ROWS + 1)]
    assert [len(body["json"]["rows"]) for body in bodies([[1]] * (ROWS + 1))] == [ROWS, 1]


class Table:
    """As much of a table of pandas as is asked of it."""

    columns = ("age",)

    def to_dict(self, how: str) -> list[dict[str, int]]:
        assert how == "records"
        return []


def test_a_table_without_rows_asks_nothing() -> None:
    assert list(bodies(Table())) == []


def test_an_array_of_a_single_number_is_refused() -> None:
    with pytest.raises(TypeError, match="Expected an array of rows or pictures"):
        list(bodies(np.array(3.0)))


def test_a_name_that_is_no_unicode_is_sent_as_far_as_it_is(tmp_path: Path) -> None:
    odd = tmp_path / os.fsdecode(b"cat\xff.png")
    odd.write_bytes(PNG)
    assert [name for _, (name, _) in one([odd, odd])["files"]] == ["cat?.png"] * 2


@pytest.mark.parametrize("asked", [3, None, {1, 2}])
def test_what_nobody_can_answer_is_refused(asked: Any) -> None:
    with pytest.raises(TypeError, match="Expected a path, bytes, a picture"):
        list(bodies(asked))

"""What a model is asked with, in every form that people send; and what it answers to some of it."""

import gzip
import json
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image

from tests.problems import expect_problem
from tests.worker.data.making import encoded, encoded_image, pictures
from tests.worker.serving.test_loaded_models import publish
from worker.data.preprocessing import Preprocessing
from worker.store.store import Store

SIDE = 8
JSON = "application/json"
ASK = "/v1/models/pixels/predict"


@pytest.fixture(autouse=True)
def model(root: Path) -> None:
    """A model of small pictures."""
    preprocessing = Preprocessing(height=SIDE, width=SIDE)
    publish(Store(root), "pixels", shape=(SIDE, SIDE, 3), preprocessing=preprocessing)


def noise(kind: str = "PNG", **options: Any) -> bytes:
    return encoded(pictures(1, side=SIDE)[0], kind, **options)


def said(answer: httpx.Response) -> list[dict[str, Any]]:
    assert answer.status_code == 200, answer.text
    predictions: list[dict[str, Any]] = answer.json()["predictions"]
    return predictions


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize(
    "said_to_be",
    [
        "image/png", "image/jpg", "image/*", "application/octet-stream", "text/plain",
        "application/x-www-form-urlencoded", None,
    ],
)  # fmt: skip
def test_a_picture_is_known_by_its_bytes(
    http: httpx.Client, kind: str, said_to_be: str | None
) -> None:
    headers = {"content-type": said_to_be} if said_to_be else {}
    assert len(said(http.post(ASK, content=noise(kind), headers=headers))) == 1


@pytest.mark.parametrize("body", [b"", b"hello", b'{"rows": []}', noise("JPEG2000")])
def test_what_is_no_picture_is_told_what_may_be_sent(http: httpx.Client, body: bytes) -> None:
    answer = http.post(ASK, content=body, headers={"content-type": "image/png"})
    expect_problem(answer, 415, "unsupported_media_type")
    for words in ("the bytes look like", "'image/png'", "Content-Type: application/json"):
        assert words in answer.json()["detail"]


def parts(*files: tuple[str, bytes]) -> list[tuple[str, tuple[str, bytes]]]:
    return [("image", file) for file in files]


def test_a_bad_picture_of_many_has_a_problem_and_the_others_their_answers(
    http: httpx.Client,
) -> None:
    files = parts(
        ("a.png", noise()), ("b.jp2", noise("JPEG2000")), ("c.png", noise()[:60]), ("d", noise())
    )
    first, second, third, fourth = said(http.post(ASK, files=files))
    assert first["label"] == fourth["label"]
    assert (second["file"], second["problem"]["status"]) == ("b.jp2", 415)
    assert (third["file"], third["problem"]["code"]) == ("c.png", "corrupt_file")
    assert {"type", "title", "status", "detail", "code"} == third["problem"].keys()


def test_a_bad_picture_alone_is_a_bad_request(http: httpx.Client) -> None:
    answer = http.post(ASK, files=parts(("b.jp2", noise("JPEG2000"))))
    expect_problem(answer, 415, "unsupported_media_type", "/image/0")
    answer = http.post(ASK, files=parts(("c.png", noise()[:60])))
    expect_problem(answer, 422, "corrupt_file", "/image/0")
    answer = http.post(ASK, content=noise()[:60])
    expect_problem(answer, 422, "corrupt_file")


def test_a_picture_without_its_end_is_answered_and_counted(http: httpx.Client) -> None:
    photo = encoded_image(Image.effect_noise((300, 200), 50), "JPEG")
    files = parts(("whole.jpg", photo), ("cut.jpg", photo[:-100]))
    answer = http.post(ASK, files=files)
    assert len(said(answer)) == 2
    (warning,) = answer.json()["warnings"]
    assert warning["code"] == "picture_cut_short"
    assert "cut.jpg" in warning["message"]


def ask_rows(http: httpx.Client, rows: Any) -> httpx.Response:
    return http.post(ASK, json={"rows": rows})


ROW = pictures(1, side=SIDE)[0].reshape(-1).tolist()


def test_rows_of_pixels_are_answered_without_a_word(http: httpx.Client) -> None:
    for row in (ROW, [0] * len(ROW), [255.0] * len(ROW)):
        answer = ask_rows(http, [row])
        assert len(said(answer)) == 1
        assert answer.json()["warnings"] == []


@pytest.mark.parametrize("value", [-0.001, 255.5, 1e9, -300])
def test_a_value_that_no_pixel_has_is_refused(http: httpx.Client, value: float) -> None:
    answer = ask_rows(http, [[*ROW[:5], value, *ROW[6:]]])
    expect_problem(answer, 422, "invalid_parameter", "/rows/0/5")
    assert "from 0 to 255" in answer.json()["detail"]


def test_rows_that_were_divided_are_answered_with_a_warning(http: httpx.Client) -> None:
    answer = ask_rows(http, (np.array([ROW, ROW]) / 255).tolist())
    assert len(said(answer)) == 2
    (warning,) = answer.json()["warnings"]
    assert warning["code"] == "values_up_to_1"
    assert "255" in warning["message"]
    # One row of pixels among them, and they may be dark pictures.
    assert ask_rows(http, [ROW, (np.array(ROW) / 255).tolist()]).json()["warnings"] == []


def test_nested_rows_are_told_to_be_flat(http: httpx.Client) -> None:
    answer = ask_rows(http, [np.array(ROW).reshape(SIDE, SIDE, 3).tolist()])
    expect_problem(answer, 422, "invalid_parameter", "/rows/0/0")
    assert "flat" in answer.json()["detail"]


def test_numbers_as_texts_are_none(http: httpx.Client) -> None:
    answer = ask_rows(http, [list(map(str, ROW))])
    expect_problem(answer, 422, "invalid_parameter", "/rows/0/0")


def test_a_compressed_body_holds_up_nobody_while_it_is_worked_on(http: httpx.Client) -> None:
    """Who waits to hear that the client has left must not be told of the body's end for ever."""
    packed = {"content-encoding": "gzip"}
    row = {"rows": [[1.0] * (SIDE * SIDE * 3)] * 50}
    bodies = [
        (gzip.compress(noise()), "image/png"),
        (gzip.compress(json.dumps(row).encode()), JSON),
    ]
    for body, kind in bodies:
        answer = http.post(ASK, content=body, headers={**packed, "content-type": kind}, timeout=60)
        assert said(answer)
        assert http.get("/livez").status_code == 200

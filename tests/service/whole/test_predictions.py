"""A whole service is asked: answers are those of the formulas, and bad questions do no harm."""

import io
import json
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from PIL import Image

from service.launcher.launcher import Launcher
from tests.problems import expect_problem
from tests.service.api import Api
from tests.service.telemetry.scrape import Scrape
from tests.service.whole.reference_model import own_answer, png, weights


def test_a_picture_is_seen_in_serving_exactly_as_in_training(
    api: Api, launcher: Launcher, dataset: str, drawings: list[Path]
) -> None:
    job = api.train(dataset=dataset, model="parity", epochs=10)
    tensors = weights(launcher, job["model"])
    with h5py.File(drawings[0]) as file:
        pictures = file["train_set_x"][:8]
    headers = {"content-type": "image/png"}
    for picture in pictures:
        single = api.http.post("/v1/models/parity/predict", content=png(picture), headers=headers)
        (prediction,) = single.json()["predictions"]
        expected = own_answer(tensors, picture)
        assert prediction["probabilities"]["cat"] == pytest.approx(expected, abs=1e-6)
    rows = {"rows": pictures.reshape(8, -1).tolist()}
    by_rows = api.http.post("/v1/models/parity/predict", json=rows).json()
    parts = [("image", ("x", png(p), "image/png")) for p in pictures]
    by_pictures = api.http.post("/v1/models/parity/versions/1/predict", files=parts).json()
    assert by_rows == {**by_pictures, "alias": "champion"}
    assert (by_rows["model"], by_rows["version"]) == ("parity", 1)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("size", [(1, 1), (64, 64), (640, 333)])
def test_pictures_of_every_kind_and_size_are_answered(
    api: Api, trained: str, kind: str, size: tuple[int, int]
) -> None:
    file = io.BytesIO()
    Image.new("RGB", size, (200, 120, 40)).save(file, kind)
    headers = {"content-type": f"image/{kind.lower()}"}
    answer = api.http.post(
        f"/v1/models/{trained}/predict", content=file.getvalue(), headers=headers
    )
    (prediction,) = answer.raise_for_status().json()["predictions"]
    assert set(prediction["probabilities"]) == {"other", "cat"}
    assert sum(prediction["probabilities"].values()) == pytest.approx(1)
    assert prediction["probability"] == prediction["probabilities"][prediction["label"]]


@pytest.fixture(scope="module")
def trained(api: Api, dataset: str) -> str:
    """The name of a model that can be asked."""
    api.train(dataset=dataset, model="trained", epochs=2)
    return "trained"


@pytest.mark.parametrize(
    ("request_", "status", "code", "pointers"),
    [
        ({"json": {"rows": [[1.0, 2.0]]}}, 422, "invalid_parameter", ["/rows/0"]),
        ({"json": {"rows": []}}, 422, "invalid_parameter", ["/rows"]),
        ({"json": {"rows": [["a"]]}}, 422, "invalid_parameter", ["/rows/0/0"]),
        ({"json": {"row": [[1]]}}, 422, "invalid_parameter", ["/row"]),
        ({"content": b"hello"}, 415, "unsupported_media_type", []),
        (
            {"content": b"hello", "headers": {"content-type": "image/png"}},
            415,
            "unsupported_media_type",
            [],
        ),
        (
            {
                "content": b'{"rows": [[NaN]]}',
                "headers": {"content-type": "application/json"},
            },
            422,
            "invalid_parameter",
            ["/rows/0/0"],
        ),
        (
            {"content": b"{", "headers": {"content-type": "application/json"}},
            400,
            "malformed_request",
            [],
        ),
        ({"files": [("picture", b"x")]}, 422, "invalid_parameter", ["/image"]),
        (
            {"data": {"image": "x"}, "files": [("image", b"x")]},
            422,
            "invalid_parameter",
            ["/image"],
        ),
        ({"files": [("image", b"x")] * 65}, 422, "invalid_parameter", ["/image"]),
    ],
)
def test_a_bad_question_is_answered_clearly_and_the_next_good_one_works(
    api: Api,
    trained: str,
    request_: dict[str, Any],
    status: int,
    code: str,
    pointers: list[str],
) -> None:
    expect_problem(api.http.post("/v1/predict", **request_), status, code, *pointers)
    rows = {"rows": [[0.0] * 12288]}
    assert api.http.post(f"/v1/models/{trained}/predict", json=rows).status_code == 200


def test_what_was_trained_and_asked_is_told_at_metrics(
    api: Api, launcher: Launcher, trained: str
) -> None:
    before = Scrape(api.http)
    url = f"/v1/models/{trained}/predict"
    picture = png(np.zeros((5, 5, 3), np.uint8))
    api.http.post(url, content=picture, headers={"content-type": "image/png"})
    api.http.post(url, content=picture[:30], headers={"content-type": "image/png"})
    found = Scrape(api.http)

    def more(name: str, **labels: str) -> float:
        return found.value(name, **labels) - before.value(name, **labels)

    assert more("purr_pictures_total", outcome="decoded") == 1
    assert more("purr_pictures_total", outcome="corrupt_file") == 1
    assert more("purr_problems_total", code="corrupt_file") == 1
    assert more("purr_picture_decode_seconds_count") == 2
    assert found.value("purr_decoder_starts_total") >= 1
    assert found.value("purr_workers", queue="train") == launcher.settings.workers
    assert found.value("purr_workers", queue="import") == launcher.settings.import_workers
    for kind in ("job", "import"):
        assert found.value("purr_ends_total", kind=kind, state="succeeded", code="") >= 1
        assert found.value("purr_attempts_total", kind=kind) >= 1
        assert 0 < found.value("purr_attempt_seconds_total", kind=kind) < 3600


def test_a_scoring_of_files_says_of_each_what_is_said_of_it_alone(api: Api, trained: str) -> None:
    def drawn(shade: int) -> bytes:
        file = io.BytesIO()
        Image.new("RGB", (90, 70 + shade), (shade, 120, 255 - shade)).save(file, "JPEG")
        return file.getvalue()

    sent = {f"{shade}.jpg": drawn(shade) for shade in (10, 90, 200)} | {"none.jpg": b""}
    parts = [("file", file) for file in sent.items()]
    asked = api.http.post("/v1/predictions", params={"model": trained}, files=parts)
    path = asked.raise_for_status().headers["location"]
    ended = api.poll(path, lambda body: body["finished_at"] is not None)
    assert ended["state"] == "succeeded", ended
    lines = [json.loads(line) for line in api.http.get(f"{path}/results").text.splitlines()]
    assert [line["name"] for line in lines] == [*sent]
    for line, file in zip(lines, [*sent.values()][:3], strict=False):
        alone = api.http.post(f"/v1/models/{trained}/predict", content=file).json()
        (said,) = alone["predictions"]
        assert line["probabilities"] == pytest.approx(said["probabilities"], abs=1e-12)
        assert (line["prediction"], line["decision"]) == (said["label"], said["decision"])
        assert line["problem"] is None
    assert lines[3]["problem"]["code"] == "unsupported_media_type"

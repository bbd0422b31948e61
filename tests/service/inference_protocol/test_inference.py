"""What models answer over the protocol is what they answer elsewhere."""

from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image

from tests.service.inference_protocol.asking import (
    FEATURES,
    LENGTH,
    PIXELS,
    ROWS,
    ask,
    body,
    images,
    listed,
    outputs,
    tensor,
)
from tests.service.inference_protocol.models import SIDE
from tests.worker.data.making import encoded, encoded_image, pictures
from worker.jsontypes import Json

PICTURES = [encoded(picture, "PNG") for picture in pictures(3, side=SIDE)]


def inputs(*tensors: Json) -> Json:
    return {"inputs": list(tensors)}


def probabilities(answer: httpx.Response) -> list[float]:
    assert answer.status_code == 200, answer.text
    said = [each["probabilities"] for each in answer.json()["predictions"]]
    return [value for each in said for value in each.values()]


def test_rows_are_answered_as_elsewhere(http: httpx.Client) -> None:
    rows = np.random.default_rng(1).integers(0, 256, (5, FEATURES)).astype("<f4")
    elsewhere = probabilities(http.post("/v1/models/pixels/predict", json={"rows": rows.tolist()}))
    for datatype, dtype in (("FP32", "<f4"), ("FP64", "<f8"), ("UINT8", "u1")):
        tail = rows.astype(dtype).tobytes()
        size = {"binary_data_size": len(tail)}
        x = tensor(shape=[5, FEATURES], datatype=datatype, parameters=size)
        found = outputs(ask(http, inputs(x), tail))
        assert found["probability"] == np.array(elsewhere, "f4").tolist()
        assert len(found["label"]) == 5


def test_pictures_are_answered_as_elsewhere(http: httpx.Client) -> None:
    parts = [("image", (f"{n}.png", each)) for n, each in enumerate(PICTURES)]
    elsewhere = probabilities(http.post("/v1/models/pixels/predict", files=parts))
    answer = ask(http, *images(*PICTURES), path="/v2/models/pixels.image/infer")
    assert outputs(answer)["probability"] == np.array(elsewhere, "f4").tolist()
    assert answer.json()["model_name"] == "pixels.image"


def test_a_picture_without_its_end_is_told_of(http: httpx.Client) -> None:
    photo = encoded_image(Image.effect_noise((300, 200), 50), "JPEG")
    answer = ask(http, *images(photo, photo[:-100]), path="/v2/models/pixels.image/infer")
    assert answer.json()["parameters"]["warnings"].endswith("as far as they go: 1.")


def test_an_answer_names_the_alias_by_which_its_version_was_found(http: httpx.Client) -> None:
    asked = inputs(tensor()), ROWS.tobytes()
    elsewhere = http.post("/v1/models/pixels/predict", json={"rows": ROWS.tolist()}).json()
    told = {"alias": "champion", "fingerprint": elsewhere["fingerprint"]}
    assert ask(http, *asked).json()["parameters"] == told
    named = ask(http, *asked, path="/v2/models/pixels/versions/champion/infer").json()
    assert named["parameters"] == told
    numbered = ask(http, *asked, path="/v2/models/pixels/versions/1/infer").json()
    assert "alias" not in numbered["parameters"]


def test_rows_that_were_divided_are_told_of(http: httpx.Client) -> None:
    answer = ask(http, inputs(tensor()), (ROWS / 255).tobytes())
    assert "divided by 255" in answer.json()["parameters"]["warnings"]


def test_a_body_that_is_one_picture(http: httpx.Client) -> None:
    answer = http.post("/v2/models/pixels.image/infer", content=PICTURES[0], headers={LENGTH: "0"})
    assert answer.status_code == 200, answer.text
    begins = int(answer.headers[LENGTH])
    assert len(answer.content) - begins == 2 * 4 + 4 + len(b"cat")
    assert answer.headers["content-type"] == "application/octet-stream"


def test_a_body_that_is_one_row(http: httpx.Client) -> None:
    answer = http.post(PIXELS, content=ROWS[:1].tobytes(), headers={LENGTH: "0"})
    probability = answer.content[int(answer.headers[LENGTH]) :][:8]
    expected = outputs(ask(http, inputs(listed())))["probability"][:2]
    assert np.frombuffer(probability, "<f4").tolist() == expected


def test_two_inputs_are_no_body_of_one_tensor(http: httpx.Client) -> None:
    answer = http.post("/v2/models/table/infer", content=b"", headers={LENGTH: "0"})
    assert "JSON with the model's 2 inputs" in answer.json()["error"]


def column(name: str, datatype: str, data: list[Any]) -> Json:
    return {"name": name, "datatype": datatype, "shape": [len(data)], "data": data}


def test_a_table_with_texts_has_an_input_for_each_column(http: httpx.Client) -> None:
    rows = [{"age": 3, "colour": "red"}, {"age": None, "colour": None}]
    elsewhere = probabilities(http.post("/v1/models/table/predict", json={"rows": rows}))
    asked = inputs(column("colour", "BYTES", ["red", ""]), column("age", "FP64", [3, None]))
    found = outputs(ask(http, asked, path="/v2/models/table/infer"))
    assert found["probability"] == np.array(elsewhere, "f4").tolist()


def test_a_table_of_numbers_has_one_for_all(http: httpx.Client) -> None:
    rows = [[3, 2.5], [None, 4]]
    elsewhere = probabilities(http.post("/v1/models/numbers/predict", json={"rows": rows}))
    x = {"name": "x", "datatype": "FP64", "shape": [2, 2], "data": rows}
    found = outputs(ask(http, inputs(x), path="/v2/models/numbers/infer"))
    assert found["probability"] == np.array(elsewhere, "f4").tolist()


@pytest.mark.parametrize(
    ("model", "sent", "told"),
    [
        ("table", [column("age", "FP64", [3])], "Expected the input 'colour', got none."),
        ("table", [column("age", "FP64", [3]), column("colour", "BYTES", ["red", "red"])],
         "as many rows in each input, 1 here"),
        ("table", [column("age", "FP64", [3]), column("colour", "BYTES", ["green"])],
         "'blue', 'red', or none where it is missing, got 'green' in row 0"),
        ("table", [column("age", "FP64", [3]), column("colour", "BYTES", [3])], "strings"),
        ("table", [column("age", "FP64", [1e300]), column("colour", "BYTES", ["red"])],
         "32 bits can hold for the column 'age'"),
        ("table", [column("age", "INT64", [3.5]), column("colour", "BYTES", ["red"])],
         "whole numbers in INT64 data, got a float"),
        ("table", [column("age", "INT32", [2**31]), column("colour", "BYTES", ["red"])],
         "INT32 can hold"),
        ("numbers", [{**column("x", "FP64", [1, 2, 3]), "shape": [1, 3]}], "shape [-1, 2]"),
        ("plain", [{**column("x", "FP64", [1, 2, 3, None]), "shape": [1, 4]}], "finite numbers"),
    ],
)  # fmt: skip
def test_a_fault_of_a_table_is_named(
    http: httpx.Client, model: str, sent: list[Json], told: str
) -> None:
    answer = ask(http, inputs(*sent), path=f"/v2/models/{model}/infer")
    assert (answer.status_code, told in answer.json()["error"]) == (400, True), answer.text


def test_a_request_of_no_rows_is_answered_with_none(http: httpx.Client) -> None:
    empty = tensor(shape=[0, FEATURES], parameters={"binary_data_size": 0})
    assert outputs(ask(http, inputs(empty), b"")) == {"probability": [], "label": []}
    answer = ask(http, *images(), path="/v2/models/pixels.image/infer")
    assert outputs(answer) == {"probability": [], "label": []}


def test_what_is_not_of_the_protocol_is_ignored(http: httpx.Client) -> None:
    asked = {**inputs(listed()), "model_name": "pixels", "__proto__": {"x": 1}}
    asked["parameters"] = {"priority": 1, "timeout": 5, "sequence_id": 7, "own": "x"}
    assert ask(http, asked).status_code == 200


def test_outputs_come_as_they_were_asked_for(http: httpx.Client) -> None:
    wanted = [{"name": "label", "parameters": {"binary_data": True}}, {"name": "probability"}]
    content, length = body({**inputs(listed()), "outputs": wanted, "id": "7"}, b"")
    answer = http.post(PIXELS, content=content, headers=length)
    begins = int(answer.headers[LENGTH])
    label = b"\x03\x00\x00\x00cat" * 2
    assert answer.content[begins:] == label
    assert f'"binary_data_size":{len(label)}'.encode() in answer.content[:begins]
    assert b'"id":"7"' in answer.content[:begins]
    assert int(answer.headers["content-length"]) == begins + len(label)


def test_an_answer_in_json_has_no_length_of_it(http: httpx.Client) -> None:
    answer = ask(http, inputs(listed()))
    assert LENGTH not in answer.headers
    assert answer.headers["content-type"] == "application/json"

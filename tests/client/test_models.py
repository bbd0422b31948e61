"""Models are asked, and say which version answers."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from purrceptron import Busy, Client, Conflict, Invalid, Stranger, Unreachable
from tests.client.conftest import Do
from tests.client.scripted import Lines, Scripted

CAT = {"label": "cat", "probability": 0.9, "probabilities": {"cat": 0.9}}
DOG = {**CAT, "label": "dog"}
PNG = b"\x89PNG"
SUMMARY = {"name": "cats", "newest": 3, "champion": 2, "aliases": {"champion": 2, "canary": 3}}


def answer(*predictions: dict[str, Any], version: int = 2) -> dict[str, Any]:
    return {"model": "cats", "version": version, "alias": "champion", "predictions": predictions}


@pytest.mark.parametrize(
    ("at", "path"),
    [
        ("cats", "/v1/models/cats/predict"),
        (("cats", 3), "/v1/models/cats/versions/3/predict"),
        (("cats", "canary"), "/v1/models/cats/aliases/canary/predict"),
        ("../jobs", "/v1/models/..%2Fjobs/predict"),
    ],
)
def test_the_version_that_is_meant_is_asked(service: Scripted, do: Do, at: Any, path: str) -> None:
    service.say(answer(CAT))
    found = do(lambda client: client.models[at].predict(PNG, top=1))
    assert (found[0].label, len(found), found.version) == ("cat", 1, 2)
    assert service.asked == [f"POST {path}?top=1"]
    assert service.requests[0].content == PNG


def test_many_pictures_are_answered_in_their_order(service: Scripted, do: Do) -> None:
    service.say(answer(*[CAT] * 64))
    service.say(answer(DOG))
    found = do(lambda client: client.models["cats"].predict([PNG] * 65))
    assert [each.label for each in found] == ["cat"] * 64 + ["dog"]


def test_a_promotion_meanwhile_has_all_asked_again(service: Scripted, do: Do) -> None:
    service.say(answer(*[CAT] * 64))
    for _ in range(2):
        service.say(answer(*[DOG] * 64, version=3))
    service.say(answer(DOG, version=3))
    found = do(lambda client: client.models["cats"].predict([PNG] * 65))
    assert {each.label for each in found} == {"dog"}
    assert (found.version, len(found)) == (3, 65)


def test_one_of_many_that_cannot_be_read_has_a_problem(service: Scripted, purr: Client) -> None:
    service.say(answer(*[CAT] * 64))
    service.refuse(422, "corrupt_file")
    last = purr.models["cats"].predict([PNG] * 65)[64]
    assert last.problem is not None
    assert (last.label, last.problem.code) == (None, "corrupt_file")


@pytest.mark.parametrize("asked", [PNG, [PNG]])
def test_one_alone_that_cannot_be_read_is_refused(
    service: Scripted, purr: Client, asked: Any
) -> None:
    service.refuse(422, "corrupt_file")
    with pytest.raises(Invalid):
        purr.models["cats"].predict(asked)


def test_nothing_is_no_question(service: Scripted, purr: Client) -> None:
    with pytest.raises(ValueError, match="at least one picture or row"):
        purr.models["cats"].predict([])


def test_a_version_is_promoted_and_rolled_back(service: Scripted, do: Do) -> None:
    service.say({"alias": "champion", "version": 3, "before": 2})
    promoted = do(lambda client: client.models["cats"].promote(3, reason="better", threshold=0.3))
    service.say({"alias": "champion", "version": 2, "before": 3})
    back = do(lambda client: client.models["cats"].roll_back())
    assert (promoted.version, back.version) == (3, 2)
    assert service.asked == [
        "PUT /v1/models/cats/aliases/champion",
        "POST /v1/models/cats/aliases/champion/rollback",
    ]
    assert service.requests[0].content == (
        b'{"version":3,"force":false,"reason":"better","threshold":0.3}'
    )


def test_how_a_version_does(service: Scripted, do: Do) -> None:
    service.say(SUMMARY)
    counted = {"predictions": 9, "judged": 4, "right": 3, "accuracy": 0.75}
    service.say({"model": "cats", "version": 2, **counted, "accuracy_interval": [0.3, 0.95]})
    found = do(lambda client: client.models["cats"].live(hours=24))
    assert (found.judged, found.accuracy, found.accuracy_interval) == (4, 0.75, (0.3, 0.95))
    assert service.asked[1] == "GET /v1/models/cats/versions/2/live?hours=24"


def test_predictions_are_judged_some_at_a_time(service: Scripted, do: Do) -> None:
    truths = {f"ans_{number}": "cat" if number % 2 else None for number in range(201)}
    for at, count in ((0, 200), (200, 1)):
        outcomes = [{"prediction_id": f"ans_{at + n}", "outcome": "noted"} for n in range(count)]
        service.say({"data": outcomes})
    found = do(lambda client: client.models.judge(truths))
    assert [each.prediction_id for each in found] == [*truths]
    sent = json.loads(service.requests[-1].content)
    assert sent == {"feedback": [{"prediction_id": "ans_200", "label": None}]}


def test_the_guard_says_why_not(service: Scripted, purr: Client) -> None:
    service.refuse(409, "promotion_refused", guard={"reasons": ["It is worse."]})
    with pytest.raises(Conflict) as told:
        purr.models["cats"].promote(3)
    assert told.value.problem["guard"]["reasons"] == ["It is worse."]


@pytest.mark.parametrize(
    ("at", "asked"),
    [
        ("cats", ["GET /v1/models/cats", "GET /v1/models/cats/versions/2"]),
        (("cats", "canary"), ["GET /v1/models/cats", "GET /v1/models/cats/versions/3"]),
        (("cats", 1), ["GET /v1/models/cats/versions/1"]),
    ],
)
def test_a_version_is_looked_up_by_its_number(
    service: Scripted, do: Do, at: Any, asked: list[str]
) -> None:
    if len(asked) == 2:
        service.say(SUMMARY)
    service.say({"name": "cats", "version": 7})
    assert do(lambda client: client.models[at].show()).version == 7
    assert service.asked == asked


def test_an_alias_that_is_not_there_is_named(service: Scripted, do: Do) -> None:
    service.say(SUMMARY)
    with pytest.raises(LookupError, match="cats has no alias canari"):
        do(lambda client: client.models["cats", "canari"].show())


def broken(*pieces: str) -> httpx.Response:
    return httpx.Response(200, stream=Lines(pieces, httpx.ReadError("broken")))


def test_a_download_that_breaks_is_made_anew(service: Scripted, do: Do, tmp_path: Path) -> None:
    service.answers += [broken("PK", "half"), httpx.Response(200, content=b"PK whole")]
    path = tmp_path / "cats.zip"
    assert do(lambda client: client.models["cats", 1].download(path, "bundle")) == path
    assert path.read_bytes() == b"PK whole"
    assert service.asked == ["GET /v1/models/cats/versions/1/bundle.zip"] * 2


def test_a_download_touches_no_file_but_its_own(service: Scripted, do: Do, tmp_path: Path) -> None:
    mine = tmp_path / "cats.onnx.part"
    mine.write_text("half of something else")
    service.answers.append(httpx.Response(200, content=b"a network"))
    do(lambda client: client.models["cats", 1].download(tmp_path / "cats.onnx", "onnx"))
    assert mine.read_text() == "half of something else"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cats.onnx", "cats.onnx.part"]


def test_a_download_that_cannot_begin_is_waited_for_once(
    service: Scripted, do: Do, slept: list[float], tmp_path: Path
) -> None:
    service.say(SUMMARY)
    service.fail(*[httpx.ConnectError("refused")] * 40)
    with pytest.raises(Unreachable, match="refused"):
        do(lambda client: client.models["cats"].download(tmp_path / "cats.onnx", "onnx"))
    assert 0 < sum(slept) <= 5


def test_aliases_are_told(service: Scripted, do: Do) -> None:
    service.say({"data": [{"alias": "champion", "version": 2}], "next": None})
    (only,) = do(lambda client: client.models["cats"].aliases())
    assert (only.alias, only.version) == ("champion", 2)


@pytest.mark.parametrize("said", [{}, [], {"data": 7}, {"data": [{"alias": 7}]}])
def test_what_is_no_alias_is_from_another_service(service: Scripted, do: Do, said: Any) -> None:
    service.say(said)
    with pytest.raises(Stranger):
        do(lambda client: client.models["cats"].aliases())


def test_a_download_that_fails_leaves_what_was_there(
    service: Scripted, purr: Client, tmp_path: Path
) -> None:
    path = tmp_path / "cats.onnx"
    path.write_bytes(b"of yesterday")
    service.answers += [broken("half")]
    service.refuse(503, "queue_unavailable", "9")
    with pytest.raises(Busy):
        purr.models["cats", 1].download(path, "onnx")
    assert {each.name: each.read_bytes() for each in tmp_path.iterdir()} == {
        "cats.onnx": b"of yesterday"
    }


def test_a_model_is_deleted_whole_or_by_version(service: Scripted, purr: Client) -> None:
    service.answers += [httpx.Response(204), httpx.Response(204)]
    purr.models["cats"].delete()
    purr.models["cats", 2].delete()
    assert service.asked == ["DELETE /v1/models/cats", "DELETE /v1/models/cats/versions/2"]


def test_what_is_deleted_by_an_alias_is_its_version(service: Scripted, purr: Client) -> None:
    service.say(SUMMARY)
    service.answers += [httpx.Response(204)]
    purr.models["cats", "canary"].delete()
    assert service.asked == ["GET /v1/models/cats", "DELETE /v1/models/cats/versions/3"]

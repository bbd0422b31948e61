"""`purr predict`: pictures in, a line or a row of JSON for each."""

import json
from pathlib import Path
from typing import Any

import pytest

from service.cli import asked_rows
from tests.service.cli.command import Purr
from tests.service.cli.fake_service import FakeService


def test_a_picture_is_a_line_of_path_label_and_probability(
    purr: Purr, fake: FakeService, tmp_path: Path
) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    for name in ("b.PNG", "a.jpg", "notes.txt"):
        (folder / name).touch()
    (tmp_path / "[bold].webp").touch()
    labels = ["cat", "other", "cat"]
    predictions = [{"label": label, "probability": 0.93} for label in labels]
    fake.say("POST /v1/models/cats/predict", {"predictions": predictions})
    result = purr("predict", "cats", tmp_path / "[bold].webp", folder)
    paths = [tmp_path / "[bold].webp", folder / "a.jpg", folder / "b.PNG"]
    expected = [[str(path), label, "0.9300"] for path, label in zip(paths, labels, strict=True)]
    assert [line.split() for line in result.stdout.splitlines()] == expected


def test_an_unsure_answer_says_why_and_what_it_would_have_been(
    purr: Purr, fake: FakeService, tmp_path: Path
) -> None:
    (tmp_path / "car.png").touch()
    reason = {"code": "far_from_training", "detail": "It is far."}
    said = {"label": "dog", "probability": 0.99, "decision": "unsure", "reason": reason}
    fake.say("POST /v1/models/cats/predict", {"predictions": [said]})
    result = purr("predict", "cats", tmp_path / "car.png")
    assert result.stdout.split(maxsplit=1)[1] == "unsure: far_from_training (dog  0.9900)\n"


def test_predictions_as_json_are_a_line_for_each_batch(
    purr: Purr, fake: FakeService, tmp_path: Path
) -> None:
    for number in range(65):
        (tmp_path / f"{number}.png").touch()
    fake.say("POST /v1/models/cats/predict", b'{"predictions": [{}]}')
    fake.say("POST /v1/models/cats/predict", b'{"predictions":[{}] }\n')
    result = purr("predict", "cats", tmp_path, "--json")
    assert result.stdout == '{"predictions": [{}]}\n{"predictions":[{}] }\n'


def test_pictures_that_cannot_be_read_are_named_and_do_not_hinder_the_others(
    purr: Purr, fake: FakeService, tmp_path: Path
) -> None:
    names = [tmp_path / f"{number}.png" for number in range(65)]
    for name in names:
        name.touch()
    good = {"label": "cat", "probability": 0.93}
    bad: dict[str, Any] = {
        "file": "1.png",
        "problem": {"code": "corrupt_file", "detail": "It is cut short."},
    }
    warning = {"code": "picture_cut_short", "severity": "warning", "message": "No end."}
    said = {"predictions": [good, bad, *[good] * 62], "warnings": [warning]}
    fake.say("POST /v1/models/cats/predict", said)
    fake.refuse("POST /v1/models/cats/predict", 422, bad["problem"])
    result = purr("predict", "cats", *names)
    lines = result.stdout.splitlines()
    assert len(lines) == 65
    assert lines[1].split(maxsplit=1) == [
        str(names[1]), "not read: It is cut short. (corrupt_file)"
    ]  # fmt: skip
    assert lines[64].split()[:3] == [str(names[64]), "not", "read:"]
    assert "No end." in result.stderr
    assert result.exit_code == 1


def test_pictures_are_sent_in_requests_of_a_size(
    purr: Purr, fake: FakeService, tmp_path: Path
) -> None:
    for number in range(3):
        with (tmp_path / f"{number}.png").open("wb") as file:
            file.truncate(20 * 2**20)
    for _ in range(3):
        fake.say(
            "POST /v1/models/cats/predict", {"predictions": [{"label": "cat", "probability": 1}]}
        )
    assert len(purr("predict", "cats", tmp_path).stdout.splitlines()) == 3


def test_an_older_version_can_be_asked(purr: Purr, fake: FakeService, tmp_path: Path) -> None:
    (tmp_path / "a.png").touch()
    fake.say("POST /v1/models/cats/versions/2/predict", {"predictions": []})
    assert purr("predict", "cats", tmp_path, "--version", "2").exit_code == 0


def test_a_folder_without_pictures_is_wrong_usage(purr: Purr, tmp_path: Path) -> None:
    assert purr("predict", "cats", tmp_path).exit_code == 2


PROBLEM: dict[str, Any] = {"code": "invalid_parameter", "detail": "No number."}
CATS = "POST /v1/models/cats/predict"
NDJSON = "application/x-ndjson"


def told(*lines: dict[str, Any]) -> bytes:
    return b"".join(json.dumps(line).encode() + b"\n" for line in lines)


def test_a_row_of_standard_input_is_a_line_with_a_number(purr: Purr, fake: FakeService) -> None:
    fake.say(CATS, told({"line": 1, "label": "cat", "probability": 0.93}), kind=NDJSON)
    fake.say(CATS, told({"line": 1, "problem": PROBLEM}), kind=NDJSON)
    result = purr("predict", "cats", "-", "--threshold", "0.9", stdin="[1,2]\n[1]")
    assert result.stdout.splitlines() == [
        "1  cat  0.9300", "2  not read: No number. (invalid_parameter)"
    ]  # fmt: skip
    assert result.exit_code == 1
    first, second = fake.asked("POST")  # as the lines come
    assert first.target.endswith("?threshold=0.9")
    assert (first.headers["Content-Type"], first.body, second.body) == (
        NDJSON, b"[1,2]\n", b"[1]\n",
    )  # fmt: skip


def test_lines_of_a_long_file_are_asked_in_parts_and_numbered_among_all(
    purr: Purr, fake: FakeService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asked_rows, "PIECE_BYTES", 16)
    (tmp_path / "rows.ndjson").write_bytes(b"[1,2,3]\n" * 5)
    each = {"label": "cat", "probability": 1.0, "warnings": []}
    fake.say(CATS, told({"line": 1, **each}, {"line": 2, **each}), kind=NDJSON)
    fake.say(CATS, told({"line": 1, **each}, {"line": 2, **each}), kind=NDJSON)
    fake.say(CATS, told({"line": 1, **each}), kind=NDJSON)
    result = purr("predict", "cats", tmp_path / "rows.ndjson", "--json")
    assert [json.loads(line)["line"] for line in result.stdout.splitlines()] == [1, 2, 3, 4, 5]


def test_an_array_is_sent_as_it_is(purr: Purr, fake: FakeService, tmp_path: Path) -> None:
    (tmp_path / "rows.npy").write_bytes(b"an array")
    row = {"label": "cat", "probability": 0.93}
    said = {"predictions": [row, {"row": 1, "problem": PROBLEM}], "warnings": []}
    fake.say("POST /v1/models/cats/aliases/next/predict", said)
    result = purr("predict", "cats", tmp_path / "rows.npy", "--alias", "next")
    assert [line.split()[:2] for line in result.stdout.splitlines()] == [["0", "cat"], ["1", "not"]]
    assert fake.requests[0].body == b"an array"


def test_a_table_is_sent_by_the_columns_that_the_model_takes(
    purr: Purr, fake: FakeService, tmp_path: Path
) -> None:
    (tmp_path / "rows.csv").write_text("\ufeffage,colour,label\n3,red,a\n,7,b\nold,,c\n")
    columns = [{"name": "age", "kind": "number"}, {"name": "colour", "kind": "text"}]
    fake.say("GET /v1/models/cats", {"aliases": {"champion": 4}, "versions": [], "next": None})
    fake.say("GET /v1/models/cats/versions/4", {"preprocessing": {"columns": columns}})
    fake.say(CATS, b"", kind=NDJSON)
    assert purr("predict", "cats", tmp_path / "rows.csv").exit_code == 0
    assert [json.loads(line) for line in fake.asked("POST")[0].body.splitlines()] == [
        {"age": 3.0, "colour": "red"}, {"age": None, "colour": "7"}, {"age": "old", "colour": None},
    ]  # fmt: skip


@pytest.mark.parametrize(
    "more", [["--version", "1", "--alias", "next"], ["--threshold", "2"], ["-"]]
)
def test_what_cannot_be_meant_is_wrong_usage(purr: Purr, tmp_path: Path, more: list[str]) -> None:
    (tmp_path / "a.png").touch()
    assert purr("predict", "cats", tmp_path / "a.png", *more, stdin="").exit_code == 2

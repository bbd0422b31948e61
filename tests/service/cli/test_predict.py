"""`purr predict`: pictures in, a line or a row of JSON for each."""

from pathlib import Path
from typing import Any

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

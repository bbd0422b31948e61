"""`purr datasets show`: what is known of a dataset, and a look at it."""

from typing import Any

import numpy as np
import pytest

from service.cli.render.statistics import bars
from tests.service.cli.command import Purr
from tests.service.cli.fake_service import FakeService
from tests.service.cli.sample_answers import DATASET, NUMBERS, STATISTICS
from worker.data.pictures.png import png

PICTURE = "GET /v1/datasets/ds_1/rows/5.png"


@pytest.fixture
def ready(fake: FakeService) -> None:
    fake.say("GET /v1/datasets/ds_1", DATASET)
    fake.say("GET /v1/datasets/ds_1/statistics", STATISTICS)


@pytest.fixture
def painting(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a terminal with all colours."""
    for name in ("NO_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLORTERM", "truecolor")


def told(statistics: dict[str, Any], purr: Purr, fake: FakeService, **dataset: Any) -> list[str]:
    fake.say("GET /v1/datasets/ds_1", DATASET | dataset)
    fake.say("GET /v1/datasets/ds_1/statistics", statistics)
    result = purr("datasets", "show", "ds_1")
    assert result.exit_code == 0, result.stderr
    return result.stdout.splitlines()


@pytest.mark.usefixtures("ready")
def test_numbers_of_each_class_are_shown(purr: Purr) -> None:
    lines = purr("datasets", "show", "ds_1").stdout.splitlines()
    at = next(n for n, line in enumerate(lines) if line.split()[:2] == ["rows", "red"])
    assert [line.split() for line in lines[at + 1 :]] == [
        ["train", "209", "▁▂▃▄▅▆▇█", "127", "±", "68", "▁▂▃▄▅▆▇█", "100", "±", "9",
         "▁▂▃▄▅▆▇█", "3", "±", "0"],
        ["[red]non-cat[/red]", "209", *lines[at + 1].split()[2:]],
        [":cat:", "0"],
    ]  # fmt: skip


@pytest.mark.usefixtures("ready")
def test_where_no_terminal_is_no_picture_is_asked_for(purr: Purr, fake: FakeService) -> None:
    assert "▀" not in purr("datasets", "show", "ds_1").stdout
    assert [r.target for r in fake.requests if "png" in r.target] == []


@pytest.mark.usefixtures("ready", "painting")
def test_on_a_terminal_the_first_picture_of_each_class_is_painted(
    purr: Purr, fake: FakeService
) -> None:
    pixels = np.zeros((4, 4, 3), np.uint8)
    pixels[::2] = 255, 0, 10
    pixels[1::2] = 0, 20, 255
    fake.say(PICTURE, png(pixels), kind="image/png")
    result = purr("datasets", "show", "ds_1")
    assert result.exit_code == 0, result.stderr
    assert "\x1b[38;2;255;0;10;48;2;255;0;10m▀" in result.stdout
    assert "\x1b[38;2;0;20;255;48;2;0;20;255m▀" in result.stdout
    assert [r.target for r in fake.requests if "png" in r.target] == [
        "/v1/datasets/ds_1/rows/5.png?split=train"
    ]


@pytest.mark.usefixtures("ready", "painting")
@pytest.mark.parametrize(("name", "value"), [("NO_COLOR", "1"), ("COLORTERM", "")])
def test_without_enough_colours_nothing_is_painted(
    purr: Purr, fake: FakeService, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    assert purr("datasets", "show", "ds_1").exit_code == 0
    assert [r.target for r in fake.requests if "png" in r.target] == []


@pytest.mark.usefixtures("painting")
@pytest.mark.parametrize("state", ["importing", "rejected", "cancelled"])
def test_of_what_is_not_ready_no_numbers_are_asked_for(
    purr: Purr, fake: FakeService, state: str
) -> None:
    fake.say("GET /v1/datasets/ds_1", DATASET | {"state": state, "shape": None})
    assert purr("datasets", "show", "ds_1").exit_code == 0
    assert len(fake.requests) == 1


def test_columns_have_a_line_each(purr: Purr, fake: FakeService) -> None:
    lines = told(STATISTICS, purr, fake, shape=[3])
    assert any(line.split()[:3] == ["column", "mean", "deviation"] for line in lines)
    assert sum("▁▂▃▄▅▆▇█" in line for line in lines) == 3


@pytest.mark.usefixtures("painting")
def test_columns_are_not_painted(purr: Purr, fake: FakeService) -> None:
    told(STATISTICS, purr, fake, shape=[3])
    assert [r.target for r in fake.requests if "png" in r.target] == []


def test_of_many_columns_the_rest_are_counted(purr: Purr, fake: FakeService) -> None:
    many = {name: own * 10 for name, own in NUMBERS.items()}
    train = {"rows": 9, **many, "per_class": {}}
    found = {"edges": STATISTICS["edges"] * 10, "features_left_out": 7, "splits": {"train": train}}
    assert told(STATISTICS | found, purr, fake, shape=[37])[-1] == "17 more"


def test_of_many_classes_the_rest_are_counted(purr: Purr, fake: FakeService) -> None:
    classes = {str(n): {"rows": 1, "first": n, **NUMBERS} for n in range(25)}
    train = {"rows": 25, **NUMBERS, "per_class": classes}
    lines = told(STATISTICS | {"splits": {"train": train}}, purr, fake)
    assert lines[-1].strip() == "5 more"


@pytest.mark.parametrize(
    ("histogram", "drawn"),
    [([0] * 32, "▁" * 8), ([9] * 32, "█" * 8), ([0] * 28 + [1] * 4, "▁▁▁▁▁▁▁█"), ([1, 2], "▄█")],
)
def test_bars_are_as_high_as_their_part_of_the_highest(histogram: list[int], drawn: str) -> None:
    assert bars(histogram) == drawn

"""`purr demo`, whole, as a newcomer runs it."""

import os
import re
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest
from PIL import Image

from purrceptron import Failed
from service.cli.client import Client
from service.cli.demo import play
from service.openapi.example_backbones import BACKBONE_IMPORTING
from tests.service.cli.command import Purr
from tests.service.cli.fake_service import FakeService
from tests.service.launcher.stand_ins import running_in
from tests.worker.data.backbones.networks import file_of, network
from worker.data import sketches

ROWS = "4-layer network|logistic regression|7 convolutions|backbone's features"


def demo(folder: Path, *options: str) -> str:
    """What the demo says; it must end well and leave nothing behind."""
    ran = subprocess.run(
        [Path(sys.executable).with_name("purr"), "demo", *options],
        capture_output=True,
        text=True,
        timeout=280,
        env=os.environ | {"TMPDIR": str(folder)},
        cwd=folder,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert running_in(folder) == []
    assert list(folder.iterdir()) == []
    return ran.stdout + ran.stderr


def accuracies(said: str) -> dict[str, float]:
    """The test accuracies of the table, in percent."""
    rows = re.findall(rf"^ *({ROWS}) .*?([\d.]+) % *\[", said, re.M)
    return {name: float(number) for name, number in rows}


def test_a_newcomer_sees_three_networks_learn_and_the_convolutional_one_see(folder: Path) -> None:
    said = demo(folder)
    found = accuracies(said)
    assert 60 <= found["logistic regression"] <= 85
    assert found["4-layer network"] >= found["logistic regression"] + 8
    assert found["7 convolutions"] >= found["4-layer network"] + 2
    assert re.search(r"cat\.png\s+cat\s", said)
    assert re.search(r"other\.png\s+other\s", said)


def test_the_demo_takes_the_users_own_files(folder: Path, course: tuple[Path, Path]) -> None:
    files = [option for path in course for option in ("--data", str(path))]
    said = demo(folder, *files, "--epochs", "2")
    assert "209" in said
    assert set(accuracies(said)) == {"4-layer network", "logistic regression", "7 convolutions"}


def test_photos_in_a_folder_are_learned_from_by_a_backbone(folder: Path, tmp_path: Path) -> None:
    photos = tmp_path / "photos"
    drawn = sketches.draw(seed=1, train_rows=40, test_rows=1)
    for number, (x, label) in enumerate(zip(drawn.train_x, drawn.train_y, strict=True)):
        path = photos / sketches.CLASSES[label] / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(x).save(path)
    backbone = file_of(tmp_path, network())
    said = demo(folder, "--backbone", str(backbone), "--data", str(photos), "--epochs", "2")
    assert "It makes 7 features of a picture of 24 x 24." in said
    assert "(few_test_rows)" in said
    found = accuracies(said)
    assert set(found) == {"4-layer network", "backbone's features"}
    reached = found["backbone's features"]
    assert f"backbone-network is right on {reached} % of 8 test pictures" in said
    assert re.search(r"^cat\.png .*\nother\.png ", said, re.M)


def test_few_photos_are_enough_with_a_backbone_that_has_seen_many(
    folder: Path, tmp_path: Path, pets: Path, mobilenet: Path
) -> None:
    with ZipFile(pets) as archive:
        for split, most in (("train", 20), ("test", 25)):
            for kind in ("cat", "dog"):
                within = f"pets/{split}/{kind}/"
                names = [name for name in archive.namelist() if name.startswith(within)]
                archive.extractall(tmp_path, sorted(names)[:most])
    found = accuracies(demo(folder, "--backbone", str(mobilenet), "--data", str(tmp_path / "pets")))
    assert found["backbone's features"] > 90
    assert found["backbone's features"] > found["4-layer network"]


def test_a_backbone_that_is_rejected_ends_the_demo_with_why(
    fake: FakeService, tmp_path: Path
) -> None:
    problem = {"code": "unsafe_file", "detail": "Expected this, got that."}
    fake.say("POST /v1/backbones", BACKBONE_IMPORTING, status=202)
    rejected = {**BACKBONE_IMPORTING, "state": "rejected", "problem": problem}
    fake.say(f"GET /v1/backbones/{BACKBONE_IMPORTING['id']}", rejected)
    (tmp_path / "network.onnx").write_bytes(b"network")
    with Client(fake.url) as client, pytest.raises(Failed, match="Expected this, got that"):
        play(client, tmp_path, [], tmp_path / "network.onnx", None)
    assert [request.target for request in fake.asked("POST")] == ["/v1/backbones?name=demo"]


def test_a_backbone_that_is_not_there_is_wrong_usage(purr: Purr, tmp_path: Path) -> None:
    result = purr("demo", "--backbone", tmp_path / "network.onnx")
    assert result.exit_code == 2
    assert "network.onnx' does not exist" in result.stderr

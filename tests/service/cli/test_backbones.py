"""`purr backbones`: add, list, show, delete."""

from pathlib import Path
from typing import Any

import pytest

from service.openapi.example_backbones import BACKBONE, BACKBONE_IMPORTING
from tests.service.cli.command import Purr
from tests.service.cli.fake_service import FakeService

ID = BACKBONE["id"]
PROBLEM = {"code": "unsafe_file", "detail": "Expected this, got that."}
REJECTED: dict[str, Any] = {**BACKBONE_IMPORTING, "state": "rejected", "problem": PROBLEM}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "MobileNet v2.onnx").write_bytes(b"network")
    return tmp_path / "MobileNet v2.onnx"


def test_a_network_is_sent_and_waited_for(purr: Purr, fake: FakeService, file: Path) -> None:
    fake.say("POST /v1/backbones", BACKBONE_IMPORTING, status=202)
    fake.say(f"GET /v1/backbones/{ID}", BACKBONE_IMPORTING)
    fake.say(f"GET /v1/backbones/{ID}", BACKBONE)
    result = purr("backbones", "add", file, "--size", "224", "--convention", "torchvision")
    assert result.exit_code == 0, result.stderr
    assert fake.requests[0].target == (
        "/v1/backbones?name=mobilenet-v2&convention=torchvision&size=224"
    )
    assert b"network" in fake.requests[0].body
    assert "224 x 224 NHWC float32" in result.stdout
    assert "features" in result.stdout


def test_one_that_is_rejected_says_why(purr: Purr, fake: FakeService, file: Path) -> None:
    fake.say("POST /v1/backbones", BACKBONE_IMPORTING, status=202)
    fake.say(f"GET /v1/backbones/{ID}", REJECTED)
    result = purr("backbones", "add", file, "--name", "small")
    assert result.exit_code != 0
    assert "Expected this, got that. (unsafe_file)" in result.stdout + result.stderr


def test_backbones_are_listed_with_why_some_were_rejected(purr: Purr, fake: FakeService) -> None:
    fake.say("GET /v1/backbones", {"data": [BACKBONE, REJECTED], "next": None})
    result = purr("backbones", "list")
    assert result.exit_code == 0
    for said in ("mobilenet", "224 x 224", "1280", "2.232 MiB", "Expected this, got that."):
        assert said in result.stdout


def test_one_is_shown_and_deleted_by_its_name(purr: Purr, fake: FakeService) -> None:
    fake.say("GET /v1/backbones/mobilenet", BACKBONE)
    fake.say("DELETE /v1/backbones/mobilenet", b"", status=204)
    assert str(BACKBONE["digest"]) in purr("backbones", "show", "mobilenet").stdout
    assert "mobilenet is deleted." in purr("backbones", "delete", "mobilenet").stderr
    assert fake.asked("DELETE")[0].target == "/v1/backbones/mobilenet"

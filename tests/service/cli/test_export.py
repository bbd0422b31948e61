"""`purr models export`: a version as a file."""

from pathlib import Path

import pytest

from tests.service.cli.command import Purr
from tests.service.cli.fake_service import FakeService
from tests.service.cli.sample_answers import MODEL

VERSION = "/v1/models/cats/versions/3"
BINARY = "application/octet-stream"


@pytest.mark.parametrize(
    ("form", "target", "kind"),
    [
        ("onnx", "model.onnx?precision=float32", BINARY),
        ("int8", "model.onnx?precision=int8", BINARY),
        ("bundle", "bundle.zip", "application/zip"),
        ("weights", "weights.safetensors", BINARY),
    ],
)
def test_each_form_is_a_file(
    purr: Purr, fake: FakeService, tmp_path: Path, form: str, target: str, kind: str
) -> None:
    fake.say(f"GET {VERSION}/{target.partition('?')[0]}", b"bytes", kind=kind)
    result = purr("models", "export", "cats", "3", "--as", form, "-o", tmp_path / "mine")
    assert (result.exit_code, result.stdout) == (0, f"{tmp_path / 'mine'}\n")
    assert (tmp_path / "mine").read_bytes() == b"bytes"
    assert [request.target for request in fake.requests] == [f"{VERSION}/{target}"]


def test_the_champion_is_taken_where_no_version_is_named(
    purr: Purr, fake: FakeService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    fake.say("GET /v1/models/cats", MODEL | {"newest": 4, "champion": 3})
    fake.say(f"GET {VERSION}/bundle.zip", b"bytes", kind="application/zip")
    assert purr("models", "export", "cats", "--as", "bundle").stdout == "cats-3.zip\n"
    assert (tmp_path / "cats-3.zip").read_bytes() == b"bytes"


def test_it_goes_to_standard_output_as_it_is(purr: Purr, fake: FakeService) -> None:
    fake.say(f"GET {VERSION}/model.onnx", b"\x00\x01", kind=BINARY)
    result = purr("models", "export", "cats", "3", "-o", "-")
    assert (result.exit_code, result.stdout_bytes) == (0, b"\x00\x01")


def test_a_refusal_says_why_and_is_no_file(purr: Purr, fake: FakeService, tmp_path: Path) -> None:
    problem = {"code": "export_refused", "detail": "Expected less."}
    fake.refuse(f"GET {VERSION}/model.onnx", 409, problem)
    result = purr("models", "export", "cats", "3", "-o", tmp_path / "mine")
    assert result.exit_code == 1
    assert "Expected less." in result.stderr
    assert list(tmp_path.iterdir()) == []

"""A network is looked at in a sealed process, which alone loads the runtime."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import COURSE
from tests.worker.data.backbones.networks import FEATURES, file_of, network, repeated
from worker.data import sandbox
from worker.data.backbones import importer
from worker.data.backbones.importer import import_backbone
from worker.data.backbones.options import BackboneOptions
from worker.errors import CorruptFile, LimitExceeded, UnsupportedFile
from worker.settings import Settings

MOBILENET = COURSE / "mobilenet_v2_features.onnx"


@pytest.fixture
def target(tmp_path: Path) -> Path:
    (tmp_path / "target").mkdir()
    return tmp_path / "target"


def imported(file: Path, target: Path, memory: int = 2**31) -> object:
    settings = Settings(max_backbone_memory_bytes=memory)
    return import_backbone(file, target, settings, BackboneOptions())


def test_a_network_comes_out_of_the_sealed_process(tmp_path: Path, target: Path) -> None:
    options = BackboneOptions(convention="torchvision")
    file = file_of(tmp_path, network(ending="spatial"))
    found = import_backbone(file, target, Settings(), options)
    assert (found.features, found.pooled, found.input.scale) == (FEATURES, "NCHW", 1 / 255)
    assert [path.name for path in target.iterdir()] == ["network.onnx"]


def test_why_it_is_refused_comes_out_too(tmp_path: Path, target: Path) -> None:
    with pytest.raises(UnsupportedFile, match="7 to 28, got 99"):
        imported(file_of(tmp_path, network(opset=99)), target)


def test_a_network_that_needs_more_memory_than_it_may_is_refused(
    tmp_path: Path, target: Path
) -> None:
    file = file_of(tmp_path, repeated(100_000_000))
    with pytest.raises(LimitExceeded, match="within the memory"):
        imported(file, target, memory=2**29)


def test_an_answer_that_is_none_is_not_believed(
    tmp_path: Path, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sandbox, "call", lambda *order, **how: {"features": "many"})
    with pytest.raises(CorruptFile, match="Expected sound files"):
        imported(file_of(tmp_path, network()), target)


@pytest.mark.parametrize("door", ["service.app", "worker.__main__", importer.__name__])
def test_no_process_that_holds_keys_loads_the_runtime(door: str) -> None:
    script = f"""
import sys
import {door}
print([name for name in sys.modules if name.split(".")[0] in ("onnx", "onnxruntime")])
"""
    command = [sys.executable, "-c", script]
    found = subprocess.run(command, capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


@pytest.mark.skipif(not MOBILENET.is_file(), reason=f"needs {MOBILENET.name} in ../shared/data")
def test_a_network_that_has_seen_a_million_pictures_is_taken_as_it_is(target: Path) -> None:
    found = import_backbone(MOBILENET, target, Settings(), BackboneOptions())
    assert (found.input.size, found.input.layout) == ((224, 224), "NHWC")
    assert (found.output, found.features, found.batched) == ("features", 1280, True)
    assert (target / "network.onnx").read_bytes() == MOBILENET.read_bytes()

"""A bundle answers where nothing but NumPy and Pillow is, and knows when it would not."""

import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import PIL
import pytest
from PIL import Image

from tests.worker.export.publications import NUMBERS, PICTURES, SCORES, TABLE, exported, sources
from tests.worker.export.test_sealed import DENSE, NETWORKS, layers, with_backbone
from worker.export import bundle
from worker.export.card import results
from worker.export.sources import Sources
from worker.jsontypes import Json
from worker.tasks.manifest import fingerprint_of


def unpacked(folder: Path, found: Sources) -> Path:
    store, about = exported(folder / "store", found)
    made = bundle.bundle_of(store, "m", 3, about)
    whole = b"".join(bundle.pieces(store, made))
    assert b"".join(bundle.pieces(store, made)) == whole
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        assert archive.testzip() is None
        archive.extractall(folder / "bundle")
    return folder / "bundle"


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs its program where nothing of this environment is but the packages that it says."""
    (packages := folder / "packages").mkdir(exist_ok=True)
    for module in (np, PIL):
        installed = Path(str(module.__file__)).parents[1]
        for name in (module.__name__, f"{module.__name__}.libs", "pillow.libs"):
            if (installed / name).exists() and not (packages / name).exists():
                (packages / name).symlink_to(installed / name)
    command = [sys.executable, "-S", "predict.py", *arguments]
    env = {"PYTHONPATH": str(packages)}
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, timeout=60)


@pytest.fixture
def program(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(bundle.TAKEN))
    from worker.export.taken import predict

    predict.session_of.cache_clear()
    return predict


def vectors_apart(program: Any, folder: Path, monkeypatch: pytest.MonkeyPatch) -> float:
    """By how much its answers to the stored vectors differ from those of the service."""
    monkeypatch.setattr(program, "HERE", folder)
    model = json.loads((folder / "model.json").read_text())
    with np.load(folder / "vectors.npz", allow_pickle=False) as vectors:
        given = {name: vectors[name] for name in vectors.files if name != "probabilities"}
        found = program.probabilities(given, model, program.tensors())
        program.check(model, program.tensors())
        return float(np.abs(found - vectors["probabilities"]).max())


@pytest.mark.parametrize("kind", NETWORKS)
def test_every_kind_of_layer_is_in_the_program(
    tmp_path: Path, kind: str, program: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = unpacked(tmp_path, sources(tmp_path, layers(*NETWORKS[kind])))
    assert vectors_apart(program, folder, monkeypatch) < 1e-6


@pytest.mark.parametrize(
    "activation", ["relu", "leaky_relu", "gelu", "gelu_tanh", "tanh", "sigmoid", "identity"]
)
def test_so_is_every_activation(
    tmp_path: Path, activation: str, program: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = {**DENSE, "activation": activation}
    folder = unpacked(tmp_path, sources(tmp_path, network, NUMBERS, (9,), classes=2))
    assert vectors_apart(program, folder, monkeypatch) < 1e-12


def test_cells_of_a_table_become_the_same_numbers(
    tmp_path: Path, program: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = unpacked(tmp_path, sources(tmp_path, DENSE, TABLE.as_dict(), TABLE.shape))
    assert vectors_apart(program, folder, monkeypatch) < 1e-12
    row = {"age": None, "colour": "green", "always": 3, "size": "new", "seen_at": 1.7e9}
    (folder / "rows.json").write_text(json.dumps({"rows": [row, ["green", None, 3, "x", 1.7e9]]}))
    model = json.loads((folder / "model.json").read_text())
    given = program.read(folder / "rows.json", model)
    first, second = program.probabilities(given, model, program.tensors())
    np.testing.assert_array_equal(first, second)


def test_a_backbone_is_asked_by_the_runtime(
    tmp_path: Path, program: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = with_backbone(tmp_path)
    store, about = exported(tmp_path / "store", found)
    store.local_folders()
    digest = store.backbones.publish("bb_1", *kept_backbone(store, found))["digest"]
    manifest = {**store.models.manifest("m", 3), "backbone": digest}
    told = bundle.asked_by(store, manifest, about)
    assert (told["needs_onnxruntime"], told["shape"]) == (True, [24, 24, 3])
    assert [how["width"] for how in told["pictures"]] == [5, 24]  # one after the other
    folder = tmp_path / "store" / "models" / "m" / "3" / "export"
    (folder / "model.json").write_text(json.dumps(told))
    (folder / "weights.safetensors").write_bytes(found.weights.read_bytes())
    assert vectors_apart(program, folder, monkeypatch) < 1e-5
    assert program.session_of.cache_info().misses == 1
    (folder / "weights.safetensors").unlink()  # nobody reads them where the runtime answers
    program.main(["--check"])


def kept_backbone(store: Any, found: Sources) -> tuple[Path, Any]:
    assert found.network is not None
    return found.network.parent, found.backbone


def test_in_an_empty_environment_it_checks_itself_and_answers(tmp_path: Path) -> None:
    folder = unpacked(tmp_path, with_fingerprint(sources(tmp_path, layers(*NETWORKS["pools"]))))
    assert (folder / "canonical.jpg").exists()
    checked = run(folder, "--check")
    assert (checked.returncode, checked.stdout) == (0, ""), checked.stderr
    Image.new("RGB", (40, 30), (200, 90, 20)).save(folder / "picture.png")
    told = json.loads(run(folder, "picture.png").stdout)
    assert (told["file"], sum(told["probabilities"].values())) == ("picture.png", pytest.approx(1))
    assert told["probabilities"][told["label"]] == max(told["probabilities"].values())


def test_it_does_not_answer_where_its_weights_or_pixels_are_others(tmp_path: Path) -> None:
    folder = unpacked(tmp_path, with_fingerprint(sources(tmp_path, layers(*NETWORKS["pools"]))))
    model = json.loads((folder / "model.json").read_text())
    model["canonical"][7] = (model["canonical"][7] + 99) % 256
    (folder / "model.json").write_text(json.dumps(model))
    refused = run(folder, "picture.png")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "Expected pixels within 1 of 255" in refused.stderr
    weights = bytearray((folder / "weights.safetensors").read_bytes())
    weights[-4:] = np.float32(9).tobytes()
    (folder / "weights.safetensors").write_bytes(weights)
    assert "Expected probabilities within 0.0001" in run(folder, "--check").stderr


def with_fingerprint(found: Sources) -> Sources:
    return found._replace(manifest={**found.manifest, **fingerprint_of(PICTURES)})


def test_the_card_tells_what_the_record_says(tmp_path: Path) -> None:
    text = (unpacked(tmp_path, sources(tmp_path, DENSE)) / "README.md").read_text()
    for told in (
        "# m, version 3",
        "| test | 40 | 75.0 % (59.8 % to 85.8 %) | 35.0 % | 0.900 (0.800 to 0.950) |",
        "| class 0 | 50.0 % |  |",
        "- **warning**: Few \\| rows.",
        "- Began with the weights of older version 2, `sha256:1`.",
        "seen on 40 rows of test",
        '"hidden_units": [',
    ):
        assert told in text


def test_without_results_of_classes_the_card_has_no_heading_for_them() -> None:
    told = [*results({"test": {**SCORES, "per_class": None}})]
    assert not any("each class" in line for line in told)
    assert told[-1] == ""
    assert "Of the test rows each class:" in results({"test": SCORES})


def test_a_card_keeps_to_itself_what_is_of_the_sender(tmp_path: Path) -> None:
    found = sources(tmp_path, DENSE)
    own = {"webhook": "https://hooks.example/secret", "notes": "secret", "tags": ["secret"]}
    told = {**found.manifest, "spec": {**found.manifest["spec"], **own}}
    text = (unpacked(tmp_path, found._replace(manifest=told)) / "README.md").read_text()
    assert '"hidden_units": [' in text
    assert "secret" not in text


def test_another_model_is_another_bundle(tmp_path: Path) -> None:
    store, about = exported(tmp_path / "store", sources(tmp_path, DENSE))
    made = bundle.bundle_of(store, "m", 3, about)
    other: Json = {**about, "largest_difference": about["largest_difference"] + 1e-5}
    assert made.digest == bundle.bundle_of(store, "m", 3, about).digest
    assert made.digest != bundle.bundle_of(store, "m", 3, other).digest


def test_the_environment_is_empty(tmp_path: Path) -> None:
    (tmp_path / "predict.py").write_text("import onnx")
    assert "No module named 'onnx'" in run(tmp_path).stderr


def test_a_typing_error_is_told_in_a_sentence(tmp_path: Path) -> None:
    folder = unpacked(tmp_path, sources(tmp_path, DENSE))
    rows = {"rows.json": '{"rows": [[1, 2]]}', "none.json": "[]", "large.json": "[[300]]"}
    for name, text in rows.items():
        (folder / name).write_text(text)
    for name in ("nothing.jpg", "README.md", *rows):
        told = run(folder, name)
        assert told.returncode == 1
        assert told.stderr.startswith(
            f"Expected a picture, or rows of this model in JSON, got {name}"
        )
    assert "--check" in run(folder).stderr

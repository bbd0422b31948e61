"""What is exported answers as the service does, whatever layers it has and whatever it is given."""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest

from tests.worker.data.backbones.networks import file_of
from tests.worker.data.backbones.networks import network as small_network
from tests.worker.export.publications import NUMBERS, PICTURES, TABLE, exported, sources
from worker.data.backbones.backbone import NETWORK
from worker.data.backbones.examination import examine
from worker.data.backbones.options import BackboneOptions
from worker.data.backbones.running import open_session
from worker.errors import LimitExceeded, UnsupportedFile, WorkerError
from worker.export import comparison
from worker.export.answering import Answering
from worker.export.comparison import answered
from worker.export.making import ordered
from worker.export.model_file import check_names
from worker.export.sealed import checked, rows_of, work
from worker.export.sources import Sources
from worker.jsontypes import Json
from worker.nn.activations import ACTIVATIONS
from worker.serving.loaded_models import LoadedModels
from worker.settings import Settings

WINDOW = {"kernel": 3, "stride": 2, "padding": "same"}
ACTIVATION = {"kind": "activation", "activation": "gelu"}
CONVOLUTION = {"kind": "convolution", "filters": 4, "kernel": 3}
NETWORKS: dict[str, list[Json]] = {
    "dense": [{"kind": "flatten"}, {"kind": "dense", "units": 7}, {"kind": "batch_norm"}],
    "convolution": [CONVOLUTION | WINDOW, ACTIVATION, {"kind": "flatten"}],
    "valid": [CONVOLUTION | {"padding": "valid", "bias": False}, {"kind": "flatten"}],
    "depthwise": [{"kind": "depthwise_convolution", **WINDOW}, {"kind": "flatten"}],
    "pools": [
        {"kind": "max_pool", **WINDOW},
        {"kind": "average_pool", **WINDOW},
        {"kind": "flatten"},
    ],
    "normalized": [{"kind": "batch_norm"}, CONVOLUTION, {"kind": "global_average_pool"}],
    "residual": [
        {"kind": "residual", "layers": [CONVOLUTION, {"kind": "batch_norm"}, ACTIVATION]},
        {"kind": "residual", "layers": [{**CONVOLUTION, "filters": 4}]},
        {"kind": "dropout", "rate": 0.5},
        {"kind": "global_average_pool"},
    ],
}
DENSE = {"kind": "dense", "hidden_units": [6]}


def layers(*kinds: Json) -> Json:
    return {"kind": "layers", "layers": [*kinds]}


def made(found: Sources) -> Json:
    (target := found.arrays.parent / "made").mkdir()
    about = work(ordered(found, target, threads=1))
    model = onnx.load(str(target / "model.onnx"))
    assert about["opset"] == model.opset_import[0].version
    return about


@pytest.mark.parametrize("kind", NETWORKS)
def test_every_kind_of_layer_answers_as_here(tmp_path: Path, kind: str) -> None:
    about = made(sources(tmp_path, layers(*NETWORKS[kind])))
    assert (about["split"], about["rows"]) == ("test", 40)
    assert 0 < about["largest_difference"] < 1e-5


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_activation_answers_as_here(tmp_path: Path, activation: str) -> None:
    about = made(sources(tmp_path, {**DENSE, "activation": activation}, NUMBERS, (9,), classes=2))
    assert 0 < about["largest_difference"] < 1e-5


def test_cells_of_a_table_are_given_as_they_are(tmp_path: Path) -> None:
    about = made(sources(tmp_path, DENSE, TABLE.as_dict(), TABLE.shape))
    assert about["inputs"] == [
        {"name": "numbers", "dtype": "float64", "shape": [None, 3]},
        {"name": "texts", "dtype": "string", "shape": [None, 2]},
    ]
    assert 0 < about["largest_difference"] < 1e-5
    vectors = np.load(tmp_path / "made" / "vectors.npz", allow_pickle=False)
    assert np.isnan(vectors["numbers"]).any()
    assert {"red", "", "???"} <= {*vectors["texts"].ravel()} | {"???"}


@pytest.mark.parametrize("dtype", ["float32", "uint8"])
@pytest.mark.parametrize("layout", ["NCHW", "NHWC"])
@pytest.mark.parametrize("ending", ["pooled", "spatial", "spatial_last"])
def test_a_backbone_is_in_the_file(tmp_path: Path, dtype: str, layout: str, ending: Any) -> None:
    about = made(with_backbone(tmp_path, dtype=dtype, layout=layout, ending=ending))
    assert about["inputs"] == [{"name": "pictures", "dtype": "uint8", "shape": [None, 24, 24, 3]}]
    assert 0 < about["largest_difference"] < 1e-5


@pytest.mark.parametrize("how", [{"batch": 1}, {"opset": 11}])
def test_so_is_one_of_a_picture_at_a_time_and_an_older_one(tmp_path: Path, how: Json) -> None:
    about = made(with_backbone(tmp_path, **how))
    assert about["inputs"][0]["shape"][0] == how.get("batch")
    assert about["opset"] >= 13
    assert about["largest_difference"] < 1e-5


def with_backbone(folder: Path, **how: Any) -> Sources:
    (folder / "backbone").mkdir()
    told = {"channel_order": "bgr"}
    if how.get("dtype") != "uint8":
        told["convention"] = "torchvision"
    file = file_of(folder, small_network(**how))
    options = BackboneOptions(**told)
    backbone = examine(file, folder / "backbone", options, most_parameters=10_000)
    network = folder / "backbone" / NETWORK
    return sources(folder, DENSE, PICTURES, backbone=(backbone, network))


def test_any_number_of_samples_may_be_given_at_once(tmp_path: Path) -> None:
    made(sources(tmp_path, layers(*NETWORKS["residual"])))
    session = open_session(tmp_path / "made" / "model.onnx", 1)
    pictures = np.random.default_rng(7).integers(0, 256, (5, 6, 5, 3), np.uint8)
    (together,) = session.run(None, {"pictures": pictures})
    each = [session.run(None, {"pictures": picture[None]})[0][0] for picture in pictures]
    np.testing.assert_allclose(together, each, atol=1e-6)


def test_weights_of_8_bits_answer_nearly_as_well_and_take_a_quarter(tmp_path: Path) -> None:
    wide = {"kind": "dense", "hidden_units": [256]}
    about = made(sources(tmp_path, wide))
    sizes = [(tmp_path / "made" / f"model{end}.onnx").stat().st_size for end in ("", ".int8")]
    assert sizes[1] < 0.3 * sizes[0]
    int8 = about["int8"]
    assert about["largest_difference"] < int8["largest_difference"] < 0.05
    assert int8["interval"][0] <= int8["accuracy_lost"] <= int8["interval"][1]


def test_a_small_network_has_no_weights_of_8_bits(tmp_path: Path) -> None:
    about = made(sources(tmp_path, {"kind": "dense", "hidden_units": []}, NUMBERS, (9,)))
    assert about["int8"] is None
    assert not (tmp_path / "made" / "model.int8.onnx").exists()


def test_rows_are_of_all_classes_where_they_are_sorted_by_class(tmp_path: Path) -> None:
    np.save(tmp_path / "test_x.npy", np.arange(90))
    np.save(tmp_path / "test_y.npy", np.repeat([0, 1, 2], 30))
    split, x, labels = rows_of(tmp_path, 10)
    assert (split, len(x), x[0], x[-1]) == ("test", 10, 0, 89)
    assert np.bincount(labels).min() >= 3
    assert (rows_of(tmp_path, 1_000)[1] == np.arange(90)).all()


@pytest.mark.parametrize(
    ("error", "meant"),
    [
        (MemoryError(), LimitExceeded),
        (RuntimeError("Failed to allocate memory for requested buffer of size 8"), LimitExceeded),
        (RuntimeError("Failed to allocate external initializer buffer"), LimitExceeded),
        (RuntimeError("No such operator"), UnsupportedFile),
    ],
)
def test_too_little_memory_is_no_fault_of_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, meant: type[WorkerError]
) -> None:
    class Session:
        def run(self, *asked: object) -> None:
            raise error

    monkeypatch.setattr(comparison, "open_session", lambda *how: Session())
    with pytest.raises(meant):
        answered(tmp_path, {"rows": np.zeros((2, 3))}, 1, one_by_one=False)


@pytest.mark.parametrize("first", ["dense", "normalized rows"])
def test_it_is_compared_with_the_very_answers_of_the_service(tmp_path: Path, first: str) -> None:
    # A normalization that cannot be part of the weights stays a layer before a dense network.
    network = DENSE if first == "dense" else layers({"kind": "batch_norm"}, {"kind": "flatten"})
    found = sources(tmp_path, network, NUMBERS, (9,), classes=2)
    store, _ = exported(tmp_path / "store", found)
    x = np.load(found.arrays / "test_x.npy")
    expected = LoadedModels(store.models, Settings()).get("m", 3).probabilities(x)
    np.testing.assert_array_equal(Answering(found, 1).probabilities({"rows": x}), expected)


def test_a_file_that_answers_otherwise_is_refused() -> None:
    assert checked(1e-5) == 1e-5
    for difference in (1.1e-4, float("nan"), float("inf")):
        with pytest.raises(UnsupportedFile, match="of what the model answers here"):
            checked(difference)


def test_a_backbone_with_our_names_is_refused() -> None:
    model = small_network()
    check_names(model)
    model.graph.node[0].output[0] = "probabilities"
    with pytest.raises(UnsupportedFile, match="rename them"):
        check_names(model)

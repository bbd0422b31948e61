"""What of a network is accepted, what is refused, and what is said then. Not in a sealed process
here, but by the same function."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import onnx
import pytest
from onnx import ModelProto, TensorProto, helper

from tests.worker.data.backbones import broken
from tests.worker.data.backbones.networks import (
    CLASSES,
    FEATURES,
    file_of,
    network,
    output_of,
    repeated,
    with_outputs,
)
from worker.data.backbones.backbone import NETWORK, Backbone
from worker.data.backbones.examination import examine
from worker.data.backbones.options import BackboneOptions
from worker.errors import (
    CorruptFile,
    InvalidParameter,
    LimitExceeded,
    UnsafeFile,
    UnsupportedFile,
    WorkerError,
)

MOST = 10_000
Examined = Callable[..., Backbone]


@pytest.fixture
def target(tmp_path: Path) -> Path:
    (tmp_path / "target").mkdir()
    return tmp_path / "target"


@pytest.fixture
def examined(tmp_path: Path, target: Path) -> Examined:
    def run(model: ModelProto, most: int = MOST, **options: Any) -> Backbone:
        return examine(file_of(tmp_path, model), target, BackboneOptions(**options), most)

    return run


@pytest.mark.parametrize("layout", ["NCHW", "NHWC"])
@pytest.mark.parametrize("dtype", ["float32", "uint8"])
@pytest.mark.parametrize("batch", ["N", 1])
def test_pictures_of_either_layout_type_and_batch_are_taken(
    examined: Examined, layout: str, dtype: str, batch: int | str
) -> None:
    found = examined(network(layout=layout, dtype=dtype, batch=batch))
    assert (found.input.layout, found.input.dtype) == (layout, dtype)
    assert (found.input.size, found.batched) == ((24, 24), batch == "N")
    assert (found.features, found.output, found.pooled) == (FEATURES, "features", None)
    assert (found.parameters, found.opset) == (5 * 27 + FEATURES * 45, 17)


@pytest.mark.parametrize(("ending", "layout"), [("spatial", "NCHW"), ("spatial_last", "NHWC")])
@pytest.mark.parametrize("given", ["NCHW", "NHWC"])
def test_features_of_each_place_are_pooled_whatever_the_layout_of_the_input(
    examined: Examined, ending: Any, layout: str, given: str
) -> None:
    found = examined(network(ending=ending, layout=given))
    assert (found.pooled, found.features) == (layout, FEATURES)


@pytest.mark.parametrize("ending", ["classifier", "probabilities", "product"])
def test_of_a_classifier_what_the_last_dense_layer_is_given_is_taken(
    examined: Examined, target: Path, ending: Any
) -> None:
    found = examined(network(ending=ending))
    assert (found.output, found.features) == ("features", FEATURES)
    kept = onnx.load(target / NETWORK)
    assert {tensor.name for tensor in kept.graph.initializer} == {"K1", "K2"}
    assert {node.op_type for node in kept.graph.node}.isdisjoint({"Gemm", "MatMul", "Softmax"})


def test_the_very_bytes_are_kept_where_all_of_the_network_is_needed(
    examined: Examined, tmp_path: Path, target: Path
) -> None:
    examined(network())
    assert (target / NETWORK).read_bytes() == (tmp_path / "sent.onnx").read_bytes()


@pytest.mark.parametrize(
    ("output", "features", "pooled"), [("logits", CLASSES, None), ("second", 5, "NCHW")]
)
def test_any_tensor_can_be_named_as_output(
    examined: Examined, output: str, features: int, pooled: str | None
) -> None:
    found = examined(network(ending="classifier"), output=output)
    assert (found.output, found.features, found.pooled) == (output, features, pooled)


def test_what_the_file_says_of_its_input_is_believed(examined: Examined) -> None:
    said = {"size": "32,16", "mean": "[1, 2, 3]", "std": "4", "scale": "0.5", "resize": "crop",
            "channel_order": "bgr", "author": "somebody"}  # fmt: skip
    found = examined(network(sides=("H", "W"), metadata=said)).input
    assert (found.size, found.mean, found.std) == ((32, 16), (1, 2, 3), (4, 4, 4))
    assert (found.scale, found.resize, found.channel_order) == (0.5, "crop", "bgr")


def test_what_the_caller_says_goes_before_what_the_file_says(examined: Examined) -> None:
    model = network(metadata={"mean": "many", "scale": "0.5", "channel_order": "bgr"})
    found = examined(model, mean="1", channel_order="rgb").input
    assert (found.scale, found.mean, found.channel_order) == (0.5, (1, 1, 1), "rgb")


def test_a_convention_says_how_pixels_are_scaled(examined: Examined) -> None:
    found = examined(network(), convention="torchvision", resize="crop").input
    assert (found.scale, found.mean) == (1 / 255, (0.485, 0.456, 0.406))
    assert examined(network(), convention="keras").input.mean == (1, 1, 1)
    assert examined(network()).input.scale == 1


REFUSED: list[tuple[str, Callable[[], ModelProto], dict[str, Any], type[WorkerError], str]] = [
    ("external data", broken.outside, {}, UnsafeFile, "'K1' of it lies in another"),
    ("custom operators", broken.foreign, {}, UnsupportedFile, "somebody's own: 'mine.Attention'"),
    ("branches", broken.branching, {}, UnsupportedFile, "loops or branches: 'If'"),
    ("functions", broken.with_function, {}, UnsupportedFile, "of its own, such as 'Twice'"),
    ("an opset of tomorrow", lambda: network(opset=99), {}, UnsupportedFile, "7 to 28, got 99"),
    ("an opset of long ago", lambda: network(opset=6), {}, UnsupportedFile, "7 to 28, got 6"),
    ("a format of tomorrow", lambda: network(version=99), {}, UnsupportedFile, "to 14, got 99"),
    ("two inputs", broken.twice, {}, UnsupportedFile, "a picture, got 2: 'image', 'mask'"),
    ("no colours", lambda: network(layout="NHWC", sides=(24, "W")), {"layout": "NCHW"},
     InvalidParameter, r"\? x 24 x \? x 3 float32 can have, got NCHW"),
    ("a batch of four", lambda: network(batch=4), {}, UnsupportedFile, "one, got one for 4"),
    ("no size", lambda: network(sides=("H", 24)), {}, InvalidParameter, "send size=224"),
    ("another size", network, {"size": "32"}, InvalidParameter, "has, 24,24, got 32,32"),
    ("either layout", lambda: network(sides=(24, 3)), {}, InvalidParameter, "can be either"),
    ("scaling of uint8", lambda: network(dtype="uint8"), {"convention": "torchvision"},
     InvalidParameter, "scales them itself"),
    ("odd metadata", lambda: network(metadata={"std": "wide"}), {}, UnsupportedFile,
     "Expected std in the file's metadata as it is sent in a request, got 'wide'"),
    ("several outputs", lambda: with_outputs(network(), "maps", "features"), {},
     InvalidParameter, "has 2: 'maps', 'features'; send output=NAME"),
    ("another output", network, {"output": "feature"}, InvalidParameter,
     "'features' was probably meant"),
    ("features of the weights", broken.constant, {}, UnsupportedFile, "the same for two"),
    ("features without end", broken.infinite, {}, UnsupportedFile, "are finite"),
    ("a batch that matters", broken.mixing, {}, UnsupportedFile, "others alone than together"),
    ("no number alone", broken.counting, {}, UnsupportedFile, "others alone than together"),
    ("an operator that nobody has", broken.unknown_operator, {}, CorruptFile, "Purr"),
    ("what cannot be run", broken.broken_reshape, {}, UnsupportedFile, "ONNX Runtime runs"),
    ("too many features", lambda: repeated(4_000), {}, LimitExceeded, "features, got 28,000"),
    ("one feature", lambda: repeated(0), {}, LimitExceeded, "from 2 to 16,384 features, got 1 "),
]  # fmt: skip


@pytest.mark.parametrize(
    ("make", "options", "error", "said"),
    [pytest.param(*row, id=name) for name, *row in REFUSED],
)
def test_what_is_refused_and_why(
    examined: Examined,
    make: Callable[[], ModelProto],
    options: dict[str, Any],
    error: type[WorkerError],
    said: str,
) -> None:
    with pytest.raises(error, match=said) as refused:
        examined(make(), **options)
    assert type(refused.value) is error
    assert str(refused.value).startswith("Expected ")


def test_an_input_that_is_no_picture_is_refused(examined: Examined) -> None:
    given = helper.make_tensor_value_info("rows", TensorProto.FLOAT, ["N", 12])
    nodes = [helper.make_node("Relu", ["rows"], ["out"])]
    graph = helper.make_graph(nodes, "rows", [given], [output_of("out")])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    with pytest.raises(UnsupportedFile, match=r"got 'rows' of \? x 12 float32"):
        examined(model)


@pytest.mark.parametrize("cut", [5, 100, 700])
def test_a_file_that_ends_early_is_refused(tmp_path: Path, target: Path, cut: int) -> None:
    (tmp_path / "half").write_bytes(network().SerializeToString()[:cut])
    with pytest.raises(CorruptFile, match="Expected a network in ONNX"):
        examine(tmp_path / "half", target, BackboneOptions(), MOST)


def test_more_parameters_than_allowed_are_refused(examined: Examined) -> None:
    count = 5 * 27 + FEATURES * 45
    assert examined(network(), most=count).parameters == count
    with pytest.raises(LimitExceeded, match=f"{count - 1:,} parameters, got {count:,}"):
        examined(network(), most=count - 1)

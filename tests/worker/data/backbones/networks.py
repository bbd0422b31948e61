"""Small networks in ONNX, as they are exported: sound ones, in every way that is accepted."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
from onnx import ModelProto, NodeProto, TensorProto, ValueInfoProto, helper, numpy_helper

Ending = Literal["pooled", "spatial", "spatial_last", "classifier", "probabilities", "product"]
FEATURES, CLASSES = 7, 4
SPATIAL = {"maps", "last"}
Dim = int | str


def shape_of(layout: str, batch: Dim, sides: tuple[Dim, Dim]) -> list[Dim]:
    return [batch, *sides, 3] if layout == "NHWC" else [batch, 3, *sides]


def weights(**shapes: tuple[int, ...]) -> list[TensorProto]:
    rng = np.random.default_rng(3)
    return [
        numpy_helper.from_array(rng.normal(size=shape).astype(np.float32), name)
        for name, shape in shapes.items()
    ]


LEARNED = weights(K1=(5, 3, 3, 3), K2=(FEATURES, 5, 3, 3), W=(FEATURES, CLASSES), b=(CLASSES,))


def network(
    *,
    layout: str = "NCHW",
    dtype: str = "float32",
    batch: Dim = "N",
    sides: tuple[Dim, Dim] = (24, 24),
    ending: Ending = "pooled",
    metadata: dict[str, str] | None = None,
    opset: int = 17,
    version: int = 8,
    more: Sequence[NodeProto] = (),
) -> ModelProto:
    """Two convolutions, and what follows them."""
    ends, last = _end(ending)
    nodes = [*_convolutions(layout), *ends, *more]
    needed = {name for node in nodes for name in node.input}
    given = helper.make_tensor_value_info(
        "image",
        TensorProto.UINT8 if dtype == "uint8" else TensorProto.FLOAT,
        shape_of(layout, batch, sides),
    )
    graph = helper.make_graph(
        nodes,
        "small",
        [given],
        [output_of(last)],
        [tensor for tensor in LEARNED if tensor.name in needed],
    )
    model = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=version
    )
    helper.set_model_props(model, metadata or {})
    return model


def _convolutions(layout: str) -> list[NodeProto]:
    """What makes the maps of features of a picture."""
    axes = [0, 3, 1, 2] if layout == "NHWC" else [0, 1, 2, 3]
    nodes = [
        helper.make_node("Cast", ["image"], ["numbers"], to=TensorProto.FLOAT),
        helper.make_node("Transpose", ["numbers"], ["first"], perm=axes),
    ]
    for number, (before, after) in enumerate((("first", "second"), ("second", "maps")), start=1):
        made = [f"convolved{number}"]
        nodes.append(
            helper.make_node("Conv", [before, f"K{number}"], made, strides=[2, 2], pads=[1] * 4)
        )
        nodes.append(helper.make_node("Relu", made, [after]))
    return nodes


def _end(ending: Ending) -> tuple[list[NodeProto], str]:
    """What follows the maps of features, and its output."""
    if ending == "spatial":
        return [], "maps"
    if ending == "spatial_last":
        return [helper.make_node("Transpose", ["maps"], ["last"], perm=[0, 2, 3, 1])], "last"
    nodes = [
        helper.make_node("GlobalAveragePool", ["maps"], ["means"]),
        helper.make_node("Flatten", ["means"], ["features"]),
    ]
    if ending == "pooled":
        return nodes, "features"
    if ending == "product":
        nodes.append(helper.make_node("MatMul", ["features", "W"], ["product"]))
        return [*nodes, helper.make_node("Add", ["product", "b"], ["logits"])], "logits"
    nodes.append(helper.make_node("Gemm", ["features", "W", "b"], ["logits"]))
    if ending == "classifier":
        return nodes, "logits"
    return [*nodes, helper.make_node("Softmax", ["logits"], ["shares"])], "shares"


def output_of(name: str) -> ValueInfoProto:
    """An output that says how many axes it has, and no more."""
    axes = ["N", "a", "b", "c"] if name in SPATIAL else ["N", "a"]
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, axes)


def file_of(folder: Path, model: ModelProto) -> Path:
    path = folder / "sent.onnx"
    path.write_bytes(model.SerializeToString())
    return path


def with_outputs(model: ModelProto, *names: str) -> ModelProto:
    """The network with these outputs alone."""
    del model.graph.output[:]
    for name in names:
        model.graph.output.append(output_of(name))
    return model


def repeated(count: int) -> ModelProto:
    """Its features are those of the small network so many times; of 0, the first of them alone."""
    operator, *numbers = ("Tile", [1, count]) if count else ("Slice", [0], [1], [1])
    names = [f"numbers{place}" for place, _ in enumerate(numbers)]
    model = network(more=[helper.make_node(operator, ["features", *names], ["x"])])
    for name, each in zip(names, numbers, strict=True):
        tensor = helper.make_tensor(name, TensorProto.INT64, [len(each)], each)
        model.graph.initializer.append(tensor)
    return with_outputs(model, "x")


def pictures(count: int, size: tuple[int, int] = (24, 24)) -> Any:
    return np.random.default_rng(7).integers(0, 256, (count, *size, 3), dtype=np.uint8)

"""Weights as whole numbers of 8 bits, with a scale for each unit or filter."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from onnx import GraphProto, ModelProto, NodeProto, TensorProto, helper, numpy_helper

from worker.export.graph import PREFIX

LARGEST = 127  # the same on both sides of 0
LEAST = 256  # numbers in an array: of fewer, its scales would take what is saved


def quantize(model: ModelProto) -> int:
    """Have the weights of a model's products stored as int8, in the model itself: what they are
    multiplied with is float32 as before. Returns how many arrays these are.

    An array is turned where all nodes that take it are products with it, along one axis.
    """
    graph = model.graph
    axes = weight_axes(graph)
    found = 0
    made: list[NodeProto] = []
    for tensor in [*graph.initializer]:
        axis = axes.get(tensor.name)
        numbers = 0 if axis is None else np.prod(tensor.dims)
        if axis is None or tensor.data_type != TensorProto.FLOAT or numbers < LEAST:
            continue
        found += 1
        made.append(replaced(graph, tensor, axis))
    for node in reversed(made):
        graph.node.insert(0, node)
    return found


def weight_axes(graph: GraphProto) -> dict[str, int]:
    """The axis of units or filters of each tensor that is nothing but the weights of products."""
    found: dict[str, set[int | None]] = {}
    for node in graph.node:
        for name, axis in axes_of(node):
            found.setdefault(name, set()).add(axis)
    for value in graph.output:
        found.setdefault(value.name, set()).add(None)
    single = {name: next(iter(axes)) for name, axes in found.items() if len(axes) == 1}
    return {name: axis for name, axis in single.items() if axis is not None}


def axes_of(node: NodeProto) -> Iterator[tuple[str, int | None]]:
    """Each input of a node, with the axis of units or filters where it has them."""
    for place, name in enumerate(node.input):
        axis = None
        if place == 1 and node.op_type == "Conv":
            axis = 0
        elif place == 1 and node.op_type == "Gemm":
            axis = 0 if any(a.name == "transB" and a.i for a in node.attribute) else 1
        yield name, axis


def replaced(graph: GraphProto, tensor: TensorProto, axis: int) -> NodeProto:
    """Put the whole numbers of an array in its place. Returns the node that makes it of them."""
    numbers, scales = whole(numpy_helper.to_array(tensor), axis)
    name = tensor.name
    parts = [f"{PREFIX}int8/{name}", f"{PREFIX}scales/{name}"]
    tensor.CopyFrom(numpy_helper.from_array(numbers, parts[0]))
    graph.initializer.append(numpy_helper.from_array(scales, parts[1]))
    return helper.make_node("DequantizeLinear", parts, [name], f"{PREFIX}floats/{name}", axis=axis)


def whole(weights: NDArray[np.float32], axis: int) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Returns weights as the nearest whole numbers, and what each of their units is to be
    multiplied by."""
    others = tuple(at for at in range(weights.ndim) if at != axis)
    scales = np.abs(weights).max(axis=others) / np.float32(LARGEST)
    scales = np.where(scales > 0, scales, 1).astype(np.float32)
    shape = [-1 if at == axis else 1 for at in range(weights.ndim)]
    return np.rint(weights / scales.reshape(shape)).astype(np.int8), scales

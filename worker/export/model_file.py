"""A model as one ONNX file: what it is given, the backbone, the network, probabilities."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import onnx
from onnx import ModelProto, TensorProto, helper, version_converter

from worker.data.backbones.backbone import Backbone
from worker.data.backbones.network import inputs_of, opset
from worker.data.preprocessing import Preprocessing
from worker.data.tables.preprocessing import TablePreprocessing
from worker.errors import UnsupportedFile
from worker.export import inputs
from worker.export.graph import PREFIX, Graph
from worker.export.layers import CHANNELS_FIRST, LayerWriter
from worker.jsontypes import Json
from worker.training.model import Tensors

OUTPUT = "probabilities"
OPSET = 17  # of the operators, which runtimes know since 2022
OPSET_OF_TEXTS = 19  # before, texts could not be compared
LEAST_OPSET = 13  # from which on all nodes that are written here mean what they mean today


@dataclass(frozen=True)
class Described:
    """What an ONNX file is made from.

    Attributes:
        name, version: of the model.
        how: what makes samples of what is given.
        shape: of a sample as the network takes it, of the features of one behind a backbone.
        steps: of the network.
        tensors: their arrays.
    """

    name: str
    version: int
    classes: Sequence[str]
    how: Preprocessing | TablePreprocessing
    shape: Sequence[int]
    steps: list[Json]
    tensors: Tensors


def model_file(model: Described) -> ModelProto:
    """Returns the file of a model without a backbone."""
    graph, shape = Graph(), tuple(model.shape)
    if isinstance(model.how, TablePreprocessing):
        intake = inputs.of_table(graph, model.how)
    elif model.how.kind == "picture":
        intake = inputs.of_pictures(graph, shape)
    else:
        intake = inputs.of_rows(graph, shape)
    texts = any(each.name == inputs.TEXTS for each in intake.inputs)
    answer(graph, model, intake.value)
    return finished(
        helper.make_graph(graph.nodes, model.name, intake.inputs, [output(model)], graph.tensors),
        model,
        OPSET_OF_TEXTS if texts else OPSET,
    )


def with_backbone(model: Described, backbone: Backbone, network: bytes) -> ModelProto:
    """Returns the file of a model with its backbone in it.

    Args:
        network: the file of the backbone.

    Raises:
        UnsupportedFile: its operators cannot stand beside ours.
    """
    whole = today(onnx.load_model_from_string(network))
    check_names(whole)
    batch = inputs.BATCH if backbone.batched else 1
    graph, (taken,) = Graph(), inputs_of(whole.graph)
    intake = inputs.of_backbone(graph, backbone.input, batch)
    graph.nodes.append(helper.make_node("Identity", [intake.value], [taken.name]))
    graph.nodes += whole.graph.node
    answer(graph, model, pooled(graph, backbone))
    nodes, tensors = graph.nodes, [*whole.graph.initializer, *graph.tensors]
    made = helper.make_graph(nodes, model.name, intake.inputs, [output(model, batch)], tensors)
    made.sparse_initializer.extend(whole.graph.sparse_initializer)
    return finished(made, model, opset(whole), whole.ir_version)


def today(backbone: ModelProto) -> ModelProto:
    """Returns a backbone in operators that mean the same as ours.

    Raises:
        UnsupportedFile: some of them cannot be turned into such.
    """
    if opset(backbone) >= LEAST_OPSET:
        return backbone
    try:
        return version_converter.convert_version(backbone, LEAST_OPSET)
    except Exception as error:  # of C++, which have no class in common
        raise UnsupportedFile(
            f"Expected a backbone of opset {LEAST_OPSET} or later, got {opset(backbone)}, which "
            "cannot be turned into that; export it anew, send it as another backbone, and train on "
            "its features."
        ) from error


def check_names(backbone: ModelProto) -> None:
    names = (name for node in backbone.graph.node for name in (*node.input, *node.output))
    taken = {inputs.PICTURES, OUTPUT}
    if any(name in taken or name.startswith(PREFIX) for name in names):
        raise UnsupportedFile(
            f"Expected a backbone whose tensors are not called {inputs.PICTURES} or {OUTPUT}, as "
            "those are of what is exported; rename them, and send it as another backbone."
        )


def pooled(graph: Graph, backbone: Backbone) -> str:
    """The features, (batch, features), of what the backbone makes."""
    value = backbone.output
    if backbone.pooled == "NHWC":
        value = graph.add("Transpose", value, perm=CHANNELS_FIRST)
    if backbone.pooled is not None:
        value = graph.add("Flatten", graph.add("GlobalAveragePool", value), axis=1)
    return value


def answer(graph: Graph, model: Described, samples: str) -> None:
    """Write the network for these samples, and the probabilities behind it."""
    writer = LayerWriter(graph, model.tensors, samples, model.shape)
    writer.write(model.steps)
    made = PROBABILITIES[len(model.classes) == 2](graph, writer.value)
    graph.nodes.append(helper.make_node("Identity", [made], [OUTPUT]))


def of_two(graph: Graph, logits: str) -> str:
    # 1 − sigmoid(Z) would lose the digits of a small probability.
    each = (graph.add("Sigmoid", z) for z in (graph.add("Neg", logits), logits))
    return graph.add("Concat", *each, axis=1)


def of_many(graph: Graph, logits: str) -> str:
    return graph.add("Softmax", logits, axis=1)


# As `loss_for` chooses them.
PROBABILITIES: dict[bool, Callable[[Graph, str], str]] = {True: of_two, False: of_many}


def output(model: Described, batch: str | int = inputs.BATCH) -> onnx.ValueInfoProto:
    shape = [batch, len(model.classes)]
    return helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, shape)


def finished(
    graph: onnx.GraphProto, model: Described, version: int, format_version: int = 0
) -> ModelProto:
    """The file of a graph, in which the classes stand."""
    opsets = [helper.make_opsetid("", version)]
    known = max(format_version, helper.find_min_ir_version_for(opsets))
    made = helper.make_model(graph, opset_imports=opsets, ir_version=known)
    made.producer_name, made.model_version = "purrceptron", model.version
    told = {"classes": json.dumps([*model.classes]), "model": f"{model.name}/{model.version}"}
    helper.set_model_props(made, told)
    return made

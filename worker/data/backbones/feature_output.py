"""Which tensor of a network has the features, and the network that ends there."""

from difflib import get_close_matches

from onnx import GraphProto, ModelProto, NodeProto, ValueInfoProto

from worker.data.backbones.network import inputs_of
from worker.errors import InvalidParameter, UnsupportedFile

# Operators behind the last dense layer of a classifier: they make probabilities of its numbers.
AFTER = frozenset({"Softmax", "LogSoftmax", "Sigmoid", "Identity", "Add", "Cast", "Squeeze"})
DENSE = frozenset({"Gemm", "MatMul"})
NAMED = 5  # outputs in a message


def feature_output(model: ModelProto, asked: str | None) -> str:
    """Returns the name of the tensor that has the features: the one that is asked for; what the
    last dense layer is given, of a classifier; or else the only output.

    Raises:
        InvalidParameter: the network has no such tensor, or several outputs and none was chosen.
    """
    graph = model.graph
    made = {name for node in graph.node for name in node.output if name}
    if asked is not None:
        if asked in made:
            return asked
        near = get_close_matches(asked, made, n=1)
        advice = f"{near[0]!r} was probably meant" if near else f"it has {_names(graph)}"
        raise InvalidParameter(
            f"Expected a tensor of the network as output, got {asked!r:.60}; {advice}.", "/output"
        )
    if len(graph.output) != 1:
        raise InvalidParameter(
            "Expected to be told which output has the features, since the network has "
            f"{len(graph.output)}: {_names(graph)}; send output=NAME.",
            "/output",
        )
    name: str = graph.output[0].name
    return _before_classes(graph, name) or name


def ending_at(model: ModelProto, name: str) -> ModelProto:
    """Returns the network whose only output is this tensor, without what it does not need."""
    ended = ModelProto()
    ended.CopyFrom(model)
    graph = ended.graph
    wanted, kept = {name}, []
    for node in reversed(model.graph.node):
        if wanted.intersection(node.output):
            wanted.update(node.input)
            kept.append(node)
    learned = [tensor for tensor in model.graph.initializer if tensor.name in wanted]
    given = [value for value in model.graph.input if value.name in wanted]
    for field, found in (("node", kept[::-1]), ("initializer", learned), ("input", given)):
        graph.ClearField(field)
        getattr(graph, field).extend(found)
    graph.ClearField("output")
    graph.output.append(ValueInfoProto(name=name))  # the runtime finds its type and shape
    if not inputs_of(graph):
        raise UnsupportedFile(
            f"Expected features that depend on the picture, but {name!r:.60} does not; name "
            "another output."
        )
    return ended


def _before_classes(graph: GraphProto, name: str) -> str | None:
    """What the last dense layer of a classifier is given; None if it ends in none."""
    makers = {made: node for node in graph.node for made in node.output}
    depending = _depending(graph)
    while (node := makers.get(name)) is not None:
        data = [each for each in node.input if each in depending]
        if len(data) != 1:  # two ways come together here
            return None
        if node.op_type in DENSE:
            return data[0] if _is_first(node, data[0]) else None
        if node.op_type not in AFTER:
            return None
        (name,) = data
    return None


def _is_first(node: NodeProto, name: str) -> bool:
    """Whether a factor is the first of a product, as rows of samples are."""
    return bool(node.input[0] == name) and not any(
        attribute.name == "transA" and attribute.i for attribute in node.attribute
    )


def _depending(graph: GraphProto) -> set[str]:
    """The tensors that depend on the picture."""
    found = {value.name for value in inputs_of(graph)}
    for node in graph.node:  # in the order in which they run
        if found.intersection(node.input):
            found.update(node.output)
    return found


def _names(graph: GraphProto) -> str:
    return ", ".join(f"{value.name!r:.60}" for value in graph.output[:NAMED])

"""A file in ONNX: its message, and what of it is refused before anything runs it."""

from collections.abc import Iterator
from math import prod

import onnx
from google.protobuf.message import DecodeError
from onnx import AttributeProto, GraphProto, ModelProto, NodeProto, TensorProto

from worker.errors import CorruptFile, LimitExceeded, UnsafeFile, UnsupportedFile

OPSETS, VERSIONS = range(7, 29), range(3, 15)  # that the runtime knows, of operators and the format
DOMAINS = frozenset({"", "ai.onnx"})  # of the operators that everybody has
NAMED = 3  # of what is wrong, in a message
EXPORT = "export it again"


def network(data: bytes, most_parameters: int) -> ModelProto:
    """Returns the network of a file's bytes.

    Args:
        most_parameters: numbers that it may have learned.

    Raises:
        CorruptFile: they are no sound file of ONNX.
        UnsafeFile: it refers to other files.
        UnsupportedFile: it needs what is not run here.
        LimitExceeded: it has more parameters.
    """
    try:
        model = onnx.load_model_from_string(data)
    except DecodeError as error:
        raise CorruptFile(
            "Expected a network in ONNX, got bytes that are none or end early; send the whole file."
        ) from error
    if not model.graph.node:
        raise CorruptFile(
            f"Expected a network in ONNX, got a file without a single operator; {EXPORT}."
        )
    _check_versions(model)
    _check_whole(model)
    _check_operators(model)
    if (count := parameters(model.graph)) > most_parameters:
        raise LimitExceeded(
            f"Expected a network of at most {most_parameters:,} parameters, got {count:,}; take a "
            "smaller one, or raise PURR_MAX_BACKBONE_PARAMETERS."
        )
    try:
        onnx.checker.check_model(data)  # a model would be written again for that
    # The second where what is wrong is said with a name that is no UTF-8.
    except (onnx.checker.ValidationError, UnicodeDecodeError) as error:
        raise CorruptFile(
            f"Expected a sound network in ONNX, but {_first_line(error)!r:.300} is wrong in it; "
            f"{EXPORT}."
        ) from error
    return model


def parameters(graph: GraphProto) -> int:
    """Returns how many numbers a network has learned."""
    return sum(prod(tensor.dims) for tensor in _tensors(graph))


def opset(model: ModelProto) -> int:
    """Returns the version of its operators; 0 if it does not say."""
    return max((each.version for each in model.opset_import if each.domain in DOMAINS), default=0)


def dims_of(value: onnx.ValueInfoProto) -> list[int | None]:
    """Returns the lengths of a tensor's axes; None for one that is free."""
    found = value.type.tensor_type.shape.dim
    return [dim.dim_value if dim.HasField("dim_value") else None for dim in found]


def inputs_of(graph: GraphProto) -> list[onnx.ValueInfoProto]:
    """Returns what a network is given; older files list their parameters there too."""
    learned = {tensor.name for tensor in graph.initializer}
    return [value for value in graph.input if value.name not in learned]


def _check_versions(model: ModelProto) -> None:
    for what, found, known in (
        ("the ONNX format", model.ir_version, VERSIONS),
        ("its operators (opset)", opset(model), OPSETS),
    ):
        if found not in known:
            raise UnsupportedFile(
                f"Expected a version of {what} from {known[0]} to {known[-1]}, got {found}; export "
                "it with one of these."
            )


def _check_whole(model: ModelProto) -> None:
    outside = [tensor.name for tensor in _tensors(model.graph) if _lies_outside(tensor)]
    if outside:
        raise UnsafeFile(
            f"Expected a network that is whole in one file, but {_some(outside)} of it lies in "
            "another (external data); save it as one file: onnx.save(onnx.load(path), path)."
        )


def _check_operators(model: ModelProto) -> None:
    if model.functions:
        raise UnsupportedFile(
            "Expected a network of plain operators, got one with functions of its own, such as "
            f"{_some([each.name for each in model.functions])}; export it without functions."
        )
    nodes = model.graph.node
    if custom := {f"{n.domain}.{n.op_type}" for n in nodes if n.domain not in DOMAINS}:
        raise UnsupportedFile(
            "Expected operators of ONNX itself alone, got such of somebody's own: "
            f"{_some(sorted(custom))}; export it without them."
        )
    if flow := {node.op_type for node in nodes if any(map(_has_graph, node.attribute))}:
        raise UnsupportedFile(
            "Expected a network that does the same for each picture, got one with loops or "
            f"branches: {_some(sorted(flow))}; export it for inference, with fixed shapes."
        )


def _has_graph(attribute: AttributeProto) -> bool:
    return attribute.HasField("g") or bool(attribute.graphs)


def _tensors(graph: GraphProto) -> Iterator[TensorProto]:
    """All that is written in a network: its parameters, and constants among its operators."""
    yield from graph.initializer
    for sparse in graph.sparse_initializer:
        yield sparse.values
    for node in graph.node:
        yield from _constants(node)


def _constants(node: NodeProto) -> Iterator[TensorProto]:
    for attribute in node.attribute:
        if attribute.HasField("t"):
            yield attribute.t
        yield from attribute.tensors
        if attribute.HasField("sparse_tensor"):
            yield attribute.sparse_tensor.values


def _lies_outside(tensor: TensorProto) -> bool:
    return tensor.data_location == TensorProto.EXTERNAL or bool(tensor.external_data)


def _some(names: list[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(f"{name!r:.60}" for name in names[:NAMED]) + more


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]

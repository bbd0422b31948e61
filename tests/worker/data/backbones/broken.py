"""Small networks that are refused, each for a reason of its own."""

import numpy as np
from onnx import ModelProto, TensorProto, helper, numpy_helper

from tests.worker.data.backbones.networks import FEATURES, network, output_of, with_outputs


def twice() -> ModelProto:
    model = network()
    model.graph.input.append(helper.make_tensor_value_info("mask", TensorProto.FLOAT, [1]))
    return model


def outside() -> ModelProto:
    model = network()
    tensor = model.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="../../etc/passwd")
    return model


def foreign() -> ModelProto:
    model = network(more=[helper.make_node("Attention", ["features"], ["x"], domain="mine")])
    model.opset_import.append(helper.make_opsetid("mine", 1))
    return model


def branching() -> ModelProto:
    branch = helper.make_graph(
        [helper.make_node("Identity", ["features"], ["either"])],
        "branch",
        [],
        [output_of("either")],
    )
    yes = helper.make_tensor("yes", TensorProto.BOOL, [1], [True])
    model = network(
        more=[helper.make_node("If", ["yes"], ["x"], then_branch=branch, else_branch=branch)]
    )
    model.graph.initializer.append(yes)
    return model


def with_function() -> ModelProto:
    model = network()
    node = helper.make_node("Relu", ["a"], ["b"])
    opsets = [helper.make_opsetid("", 17)]
    model.functions.append(helper.make_function("mine", "Twice", ["a"], ["b"], [node], opsets))
    return model


def constant() -> ModelProto:
    """Its features do not depend on the picture but for a factor of nothing."""
    model = network(more=[helper.make_node("Mul", ["features", "nothing"], ["same"])])
    zeros = np.zeros(FEATURES, np.float32)
    model.graph.initializer.append(numpy_helper.from_array(zeros, "nothing"))
    return with_outputs(model, "same")


def infinite() -> ModelProto:
    return with_outputs(network(more=[helper.make_node("Exp", ["features"], ["large"])]), "large")


def mixing() -> ModelProto:
    """Of each feature it takes away the mean over all pictures of a batch."""
    more = [
        helper.make_node("ReduceMean", ["features"], ["mean"], axes=[0], keepdims=1),
        helper.make_node("Sub", ["features", "mean"], ["apart"]),
        helper.make_node("Add", ["apart", "features"], ["mixed"]),
    ]
    return with_outputs(network(more=more), "mixed")


def counting() -> ModelProto:
    """Each feature is divided by how many other pictures there are."""
    more = [
        helper.make_node("Shape", ["features"], ["shape"]),
        helper.make_node("Gather", ["shape", "batch_axis"], ["count"]),
        helper.make_node("Cast", ["count"], ["pictures"], to=TensorProto.FLOAT),
        helper.make_node("Sub", ["pictures", "a_one"], ["others"]),
        helper.make_node("Div", ["others", "others"], ["unless_alone"]),
        helper.make_node("Mul", ["features", "unless_alone"], ["divided"]),
    ]
    model = network(more=more)
    model.graph.initializer.append(numpy_helper.from_array(np.array([0]), "batch_axis"))
    model.graph.initializer.append(numpy_helper.from_array(np.ones(1, np.float32), "a_one"))
    return with_outputs(model, "divided")


def unknown_operator() -> ModelProto:
    return with_outputs(network(more=[helper.make_node("Purr", ["features"], ["x"])]), "x")


def broken_reshape() -> ModelProto:
    model = network(more=[helper.make_node("Reshape", ["features", "to"], ["x"])])
    model.graph.initializer.append(helper.make_tensor("to", TensorProto.INT64, [2], [7, 7]))
    return with_outputs(model, "x")

"""An ONNX graph while it is written down."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import NodeProto, TensorProto, helper, numpy_helper

PREFIX = "purr/"  # before all names of ours: those of a backbone stand beside them


class Graph:
    """Nodes in the order in which they run, and the numbers that they need.

    Attributes:
        nodes, tensors: as they were added.
    """

    def __init__(self) -> None:
        self.nodes: list[NodeProto] = []
        self.tensors: list[TensorProto] = []

    def add(self, operator: str, *inputs: str, **attributes: Any) -> str:
        """Add a node of one output. Returns the name of that."""
        name = f"{PREFIX}{len(self.nodes)}_{operator}"
        self.nodes.append(helper.make_node(operator, inputs, [name], name, **attributes))
        return name

    def tensor(self, array: NDArray[Any], name: str | None = None) -> str:
        """Add numbers, as they are, or texts. Returns their name.

        Args:
            name: beside ours; some number where nobody will look for it.
        """
        name = f"{PREFIX}{name or f'constant{len(self.tensors)}'}"
        self.tensors.append(numpy_helper.from_array(array, name))
        return name

    def floats(self, *numbers: float) -> str:
        """Add numbers in float32: one of no axis, or a row of several. Returns their name."""
        return self.tensor(np.array(numbers[0] if len(numbers) == 1 else numbers, np.float32))

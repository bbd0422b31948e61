"""The steps of a network as nodes of ONNX."""

from collections.abc import Callable, Iterable, Sequence
from math import prod, sqrt

import numpy as np

from worker.export.graph import Graph
from worker.jsontypes import Json
from worker.nn.activations import GELU_CUBIC, GELU_SCALE, LEAK
from worker.nn.windows import Window
from worker.training.model import Tensors

CHANNELS_FIRST, CHANNELS_LAST = (0, 3, 1, 2), (0, 2, 3, 1)


class LayerWriter:
    """Writes one step behind the other.

    Attributes:
        value: the tensor that the last one has made, float32.
        shape: of a sample in it, (h, w, c) or (n,), as the network here has it.
    """

    def __init__(self, graph: Graph, tensors: Tensors, value: str, shape: Sequence[int]) -> None:
        """
        Args:
            tensors: the arrays of the steps, by their names.
        """
        self.value, self.shape = value, tuple(shape)
        self._graph, self._tensors = graph, tensors
        self._channels_first = False  # as ONNX has pictures, or last, as they are here

    def write(self, steps: Iterable[Json]) -> None:
        """Write these steps behind what there is."""
        for step in steps:
            WRITERS[step["kind"]](self, step)

    def normalize(self, step: Json) -> None:
        # Before any step that wants the channels first.
        self._add("Sub", self._array(step["shift"]))
        self._add("Mul", self._array(step["factor"]))

    def flatten(self, step: Json) -> None:
        self._turn(channels_first=False)
        if len(self.shape) > 1:
            self._add("Flatten", axis=1)
            self.shape = (prod(self.shape),)

    def dense(self, step: Json) -> None:
        self._add("Gemm", self._array(step["W"]), self._array(step["b"]))
        self.shape = self._tensors[step["b"]].shape

    def convolution(self, step: Json) -> None:
        W = self._tensors[step["W"]]  # noqa: N806
        depthwise = W.ndim == 3  # a kernel for each channel, which ONNX has as groups of one
        kernels = W[:, :, None] if depthwise else W
        name = self._graph.tensor(float32(kernels.transpose(3, 2, 0, 1)), step["W"])
        bias = [self._array(step["b"])] if "b" in step else []
        group = W.shape[2] if depthwise else 1
        self._in_window("Conv", step, name, *bias, group=group)
        self.shape = *self.shape[:2], int(W.shape[-1])

    def max_pool(self, step: Json) -> None:
        self._in_window("MaxPool", step)

    def average_pool(self, step: Json) -> None:
        self._in_window("AveragePool", step, count_include_pad=0)

    def global_average(self, step: Json) -> None:
        self._turn(channels_first=True)
        self._add("GlobalAveragePool")
        self._add("Flatten", axis=1)
        self.shape, self._channels_first = self.shape[2:], False

    def batch_norm(self, step: Json) -> None:
        self._turn(channels_first=True)
        names = ("gamma", "beta", "mean", "variance")
        arrays = [self._array(step[name]) for name in names]
        self._add("BatchNormalization", *arrays, epsilon=step["eps"])

    def activation(self, step: Json) -> None:
        self.value = ACTIVATIONS[step["activation"]](self._graph, self.value)

    def residual(self, step: Json) -> None:
        self._turn(channels_first=True)
        before = self.value, self.shape
        self.write(step["steps"])
        self._turn(channels_first=True)
        behind = self.value, self.shape
        self.value, self.shape = before
        self.write(step["shortcut"])
        self.value, self.shape = self._graph.add("Add", behind[0], self.value), behind[1]

    def _in_window(self, operator: str, step: Json, *inputs: str, **attributes: int) -> None:
        self._turn(channels_first=True)
        window = Window(**{name: step[name] for name in Window._fields})
        height, width, channels = self.shape
        _, down, across, _ = window.padded((1, height, width, channels))
        top, left = window.border(height, width)
        self._add(
            operator,
            *inputs,
            kernel_shape=[window.height, window.width],
            strides=[window.stride, window.stride],
            pads=[top, left, down - height - top, across - width - left],
            **attributes,
        )
        self.shape = *window.places(height, width), channels

    def _turn(self, *, channels_first: bool) -> None:
        """Have the channels of pictures where the next step wants them."""
        if len(self.shape) == 3 and self._channels_first != channels_first:
            self._add("Transpose", perm=CHANNELS_FIRST if channels_first else CHANNELS_LAST)
            self._channels_first = channels_first

    def _array(self, name: str) -> str:
        return self._graph.tensor(float32(self._tensors[name]), name)

    def _add(self, operator: str, *inputs: str, **attributes: object) -> None:
        self.value = self._graph.add(operator, self.value, *inputs, **attributes)


def float32(array: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(array, np.float32)


def gelu(graph: Graph, z: str) -> str:
    """Z Φ(Z) by the error function: a node of that name came later, with opset 20."""
    turned = graph.add("Erf", graph.add("Mul", z, graph.floats(sqrt(0.5))))
    return halved(graph, z, turned)


def gelu_tanh(graph: Graph, z: str) -> str:
    cube = graph.add("Mul", graph.add("Mul", z, z), z)
    inner = graph.add("Add", z, graph.add("Mul", cube, graph.floats(GELU_CUBIC)))
    return halved(graph, z, graph.add("Tanh", graph.add("Mul", inner, graph.floats(GELU_SCALE))))


def halved(graph: Graph, z: str, turned: str) -> str:
    """Z (1 + T) / 2."""
    half = graph.add("Mul", z, graph.floats(0.5))
    return graph.add("Mul", half, graph.add("Add", turned, graph.floats(1)))


ACTIVATIONS: dict[str, Callable[[Graph, str], str]] = {
    "relu": lambda graph, z: graph.add("Relu", z),
    "leaky_relu": lambda graph, z: graph.add("LeakyRelu", z, alpha=LEAK),
    "gelu": gelu,
    "gelu_tanh": gelu_tanh,
    "tanh": lambda graph, z: graph.add("Tanh", z),
    "sigmoid": lambda graph, z: graph.add("Sigmoid", z),
    "identity": lambda graph, z: z,
}

WRITERS: dict[str, Callable[[LayerWriter, Json], None]] = {
    "normalize": LayerWriter.normalize,
    "flatten": LayerWriter.flatten,
    "dense": LayerWriter.dense,
    "convolution": LayerWriter.convolution,
    "depthwise": LayerWriter.convolution,
    "max_pool": LayerWriter.max_pool,
    "average_pool": LayerWriter.average_pool,
    "global_average": LayerWriter.global_average,
    "batch_norm": LayerWriter.batch_norm,
    "activation": LayerWriter.activation,
    "residual": LayerWriter.residual,
}

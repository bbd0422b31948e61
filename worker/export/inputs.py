"""What an ONNX file of ours is given, and how that becomes the samples of its network."""

from typing import NamedTuple

import numpy as np
from onnx import TensorProto, ValueInfoProto, helper

from worker.data.backbones.expectation import ONES, ZEROS, Expectation
from worker.data.tables.columns import LARGEST, NumberColumn, TextColumn
from worker.data.tables.preprocessing import TablePreprocessing
from worker.export.graph import Graph
from worker.nn.windows import Shape

BATCH = "batch"  # the axis of samples, of which there may be any number
PICTURES, ROWS, NUMBERS, TEXTS = "pictures", "rows", "numbers", "texts"
MISSING_TEXT = ""  # no category: a cell that is empty is none


class Intake(NamedTuple):
    """What is given, and the tensor of samples that was made of it."""

    inputs: list[ValueInfoProto]
    value: str


def given(name: str, kind: int, shape: Shape, batch: str | int = BATCH) -> ValueInfoProto:
    return helper.make_tensor_value_info(name, kind, [batch, *shape])


def of_pictures(graph: Graph, shape: Shape) -> Intake:
    """Pixels from 0 to 255, (batch, height, width, 3) in uint8; samples in float32."""
    value = graph.add("Cast", PICTURES, to=TensorProto.FLOAT)
    return Intake([given(PICTURES, TensorProto.UINT8, shape)], value)


def of_rows(graph: Graph, shape: Shape) -> Intake:
    """Rows as the model was trained on, (batch, …) in float32, which are its samples."""
    return Intake([given(ROWS, TensorProto.FLOAT, shape)], ROWS)


def of_backbone(graph: Graph, expects: Expectation, batch: str | int) -> Intake:
    """Pixels from 0 to 255 of the size that a backbone expects, (batch, height, width, 3) in uint8;
    what its network is given, as `Expectation.prepared` makes it."""
    value = PICTURES
    if expects.channel_order == "bgr":
        value = graph.add("Gather", value, graph.tensor(np.array([2, 1, 0])), axis=3)
    if expects.dtype == "float32":
        value = graph.add("Cast", value, to=TensorProto.FLOAT)
        if expects.scale != 1:
            value = graph.add("Mul", value, graph.floats(expects.scale))
        if expects.mean != ZEROS:
            value = graph.add("Sub", value, graph.floats(*expects.mean))
        if expects.std != ONES:
            value = graph.add("Div", value, graph.floats(*expects.std))
    if expects.layout == "NCHW":
        value = graph.add("Transpose", value, perm=(0, 3, 1, 2))
    shape = (*expects.size, 3)
    return Intake([given(PICTURES, TensorProto.UINT8, shape, batch)], value)


def of_table(graph: Graph, table: TablePreprocessing) -> Intake:
    """The cells of a table: its numbers, (batch, columns) in float64, nan where one is missing; and
    its texts, (batch, columns), "" where one is missing. Either is left out where there are no such
    columns, and has them in the order of the table. Samples as the table encodes them."""
    numbers = [column for column in table.columns if isinstance(column, NumberColumn)]
    texts = [column for column in table.columns if isinstance(column, TextColumn)]
    inputs, parts = [], []
    if numbers:
        inputs.append(given(NUMBERS, TensorProto.DOUBLE, (len(numbers),)))
        parts += number_features(graph, numbers)
    if texts:
        inputs.append(given(TEXTS, TensorProto.STRING, (len(texts),)))
        parts += [text_features(graph, at, column) for at, column in enumerate(texts)]
    made = graph.add("Concat", *parts, axis=1)
    return Intake(inputs, graph.add("Gather", made, graph.tensor(order(table)), axis=1))


def number_features(graph: Graph, columns: list[NumberColumn]) -> list[str]:
    """The distances from the mean of all these columns, then where numbers are missing."""

    def constant(values: list[float]) -> str:
        return graph.tensor(np.array(values, np.float64))

    lacking = graph.add("IsNaN", NUMBERS)
    value = graph.add("Where", lacking, constant([c.median for c in columns]), NUMBERS)
    value = graph.add("Sub", value, constant([c.mean for c in columns]))
    value = graph.add("Div", value, constant([c.deviation or 1 for c in columns]))
    # Of a column that never changed in training there is nothing to be told.
    value = graph.add("Mul", value, constant([float(c.deviation > 0) for c in columns]))
    ends = (graph.tensor(np.array(end, np.float64)) for end in (-LARGEST, LARGEST))
    value = graph.add("Clip", value, *ends)
    return [graph.add("Cast", each, to=TensorProto.FLOAT) for each in (value, lacking)]


def text_features(graph: Graph, at: int, column: TextColumn) -> str:
    """A feature for each category of a column, and one for a text that is missing."""
    cells = graph.add("Gather", TEXTS, graph.tensor(np.array([at])), axis=1)
    known = np.array([[*column.categories, MISSING_TEXT]], object)
    same = graph.add("Equal", cells, graph.tensor(known))
    return graph.add("Cast", same, to=TensorProto.FLOAT)


def order(table: TablePreprocessing) -> np.ndarray:
    """Where each feature of the table stands in what the parts make together."""
    numbers = sum(isinstance(column, NumberColumn) for column in table.columns)
    found: list[int] = []
    number, text = 0, 2 * numbers
    for column in table.columns:
        if isinstance(column, NumberColumn):
            found += [number, numbers + number][: column.features]
            number += 1
        else:
            found += range(text, text + column.features)
            text += len(column.categories) + 1
    return np.array(found, np.int64)

"""Which tensors a model takes and answers with, and whether those that were sent are these."""

from collections.abc import Sequence
from math import prod
from typing import NamedTuple, NoReturn

from worker.data.packed import quoted, some
from worker.data.tables.columns import Column, NumberColumn
from worker.data.tables.preprocessing import TablePreprocessing
from worker.errors import InvalidParameter, LimitExceeded
from worker.serving.loaded_models import Loaded
from worker.serving.tensors import TEXT, Sent

ROWS, PICTURES = "x", "image"  # inputs of models without named columns
PROBABILITY, LABEL = "probability", "label"
ANY = -1  # a dimension that the caller chooses: rows
# Of raw rows; and of columns, whose numbers may be years or amounts that 32 bits would round.
VALUES = ("FP32", "FP64", "UINT8")
CELLS = ("FP64", "FP32", "INT64", "INT32", "BOOL")

NAMED = 5  # inputs in a message


class Tensor(NamedTuple):
    """What is known of a tensor.

    Attributes:
        datatypes: that it may have; the first is the one that is told.
        shape: ANY where the caller chooses.
    """

    name: str
    datatypes: tuple[str, ...]
    shape: tuple[int, ...]


class Signature(NamedTuple):
    """What a model takes, all of it, and what it answers with."""

    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]


def signature_of(model: Loaded, *, by_pictures: bool) -> Signature:
    """Returns the tensors of a model.

    Args:
        by_pictures: whether it is sent encoded pictures, and not their pixels.
    """
    outputs = (
        Tensor(PROBABILITY, ("FP32",), (ANY, len(model.classes))),
        Tensor(LABEL, (TEXT,), (ANY,)),
    )
    if by_pictures:
        return Signature((Tensor(PICTURES, (TEXT,), (ANY,)),), outputs)
    how = model.preprocessing
    if not isinstance(how, TablePreprocessing):
        return Signature((Tensor(ROWS, VALUES, (ANY, prod(model.shape))),), outputs)
    if all(isinstance(column, NumberColumn) for column in how.columns):
        return Signature((Tensor(ROWS, CELLS, (ANY, len(how.columns))),), outputs)
    return Signature(tuple(map(_of_column, how.columns)), outputs)


def _of_column(column: Column) -> Tensor:
    return Tensor(column.name, CELLS if isinstance(column, NumberColumn) else (TEXT,), (ANY,))


def rows_in(sent: Sequence[Sent], expected: Sequence[Tensor], most: int) -> int:
    """Returns how many rows were sent, all inputs of as many.

    Raises:
        InvalidParameter: an input is missing, unknown, there twice, or of another shape or
            datatype.
        LimitExceeded: there are more rows than so many.
    """
    known, seen = {tensor.name: tensor for tensor in expected}, set[str]()
    for each in sent:
        if each.name not in known:
            names = some([*known], NAMED, quoted)
            _refuse(f"nothing but inputs of this model, {names}", quoted(each.name), each)
        if each.name in seen:
            _refuse("each input once", f"{quoted(each.name)} twice", each)
        _check(each, known[each.name])
        seen.add(each.name)
    if missing := [name for name in known if name not in seen]:
        raise InvalidParameter(f"Expected the input {quoted(missing[0])}, got none.", "/inputs")
    rows = sent[0].shape[0]
    for each in sent:
        if each.shape[0] != rows:
            _refuse(f"as many rows in each input, {rows} here", f"{each.shape[0]}", each)
    if rows > most:
        raise LimitExceeded(
            f"Expected at most {most:,} rows in a request, got {rows:,}. Send several of them.",
            f"{sent[0].pointer}/shape/0",
        )
    return rows


def _check(sent: Sent, tensor: Tensor) -> None:
    if sent.datatype not in tensor.datatypes:
        _refuse(
            f"datatype {' or '.join(tensor.datatypes)} of the input {quoted(tensor.name)}",
            sent.datatype,
            sent,
        )
    fits = len(sent.shape) == len(tensor.shape) and all(
        size in (ANY, came) for size, came in zip(tensor.shape, sent.shape, strict=True)
    )
    if not fits:
        _refuse(
            f"shape {list(tensor.shape)} of the input {quoted(tensor.name)}, where {ANY} is the "
            "number of rows",
            f"{list(sent.shape)}",
            sent,
        )


def _refuse(expected: str, came: str, sent: Sent) -> NoReturn:
    raise InvalidParameter(f"Expected {expected}, got {came}.", sent.pointer)

"""Where a network takes its picture, and what its shape and the file say of that."""

from typing import NamedTuple

from onnx import ModelProto, TensorProto, ValueInfoProto
from pydantic import ValidationError

from worker.data.backbones.expectation import Expectation, expectation
from worker.data.backbones.network import dims_of, inputs_of
from worker.data.backbones.options import CHANNELS, BackboneOptions, Layout
from worker.errors import InvalidParameter, UnsupportedFile

DTYPES: dict[int, str] = {TensorProto.FLOAT: "float32", TensorProto.UINT8: "uint8"}
NAMED = 5  # inputs or axes in a message
AXES: dict[Layout, tuple[int, int, int]] = {"NHWC": (1, 2, 3), "NCHW": (2, 3, 1)}


class PictureInput(NamedTuple):
    """What a network is given.

    Attributes:
        batched: whether it takes any number of pictures at once, and not one alone.
    """

    expects: Expectation
    batched: bool


def picture_input(model: ModelProto, asked: BackboneOptions) -> PictureInput:
    """Returns what a network is given.

    Args:
        asked: what the caller says of it.

    Raises:
        UnsupportedFile: it does not take a picture, or more than that.
        InvalidParameter: what is asked does not go with it, or it does not say its size.
    """
    inputs = inputs_of(model.graph)
    if len(inputs) != 1:
        names = ", ".join(f"{value.name!r:.60}" for value in inputs[:NAMED]) or "none"
        raise UnsupportedFile(
            f"Expected a network with one input, a picture, got {len(inputs)}: {names}; export it "
            "so that it takes a picture alone."
        )
    (value,) = inputs
    dtype = DTYPES.get(value.type.tensor_type.elem_type)
    dims = dims_of(value)
    if dtype is None or len(dims) != 4:
        raise _no_picture(value)
    if dims[0] not in (None, 1):
        raise UnsupportedFile(
            f"Expected a network that takes any number of pictures at once, or one, got one for "
            f"{dims[0]}; export it with a batch that is free."
        )
    layout = _layout(value, asked.layout)
    written = written_in(model, asked)
    size = _size(dims, layout, asked, written)
    return PictureInput(expectation(size, layout, dtype, asked, written), dims[0] is None)


def written_in(model: ModelProto, asked: BackboneOptions) -> BackboneOptions:
    """Returns what the metadata of a file say of its input. What the caller says himself is not
    read there.

    Raises:
        UnsupportedFile: they say something that cannot be meant.
    """
    known = BackboneOptions.model_fields.keys() - asked.asked().keys()
    said = {entry.key: entry.value for entry in model.metadata_props if entry.key in known}
    try:
        return BackboneOptions.model_validate(said)
    except ValidationError as error:
        wrong = str(error.errors()[0]["loc"][0])
        raise UnsupportedFile(
            f"Expected {wrong} in the file's metadata as it is sent in a request, got "
            f"{said[wrong]!r:.60}; send {wrong} yourself, which goes before the file."
        ) from error


def _layout(value: ValueInfoProto, asked: Layout | None) -> Layout:
    dims = dims_of(value)
    fitting: list[Layout] = [name for name, axes in AXES.items() if dims[axes[2]] == CHANNELS]
    free: list[Layout] = [name for name, axes in AXES.items() if dims[axes[2]] is None]
    if asked is not None:
        if asked in (*fitting, *free):
            return asked
        raise InvalidParameter(
            f"Expected a layout that the network's input of {_shape(value)} can have, got {asked}.",
            "/layout",
        )
    if len(fitting) == 1:
        return fitting[0]
    if not fitting and not free:
        raise _no_picture(value)
    raise InvalidParameter(
        f"Expected to be told the layout of the network's input, since {_shape(value)} can be "
        "either; send layout=NHWC or layout=NCHW.",
        "/layout",
    )


def _size(
    dims: list[int | None], layout: Layout, asked: BackboneOptions, written: BackboneOptions
) -> tuple[int, int]:
    """The height and width: fixed by the network, or as the caller or the file says."""
    height, width, _ = AXES[layout]
    found = dims[height], dims[width]
    told = asked.size or written.size
    if told is None:
        if found[0] is None or found[1] is None:
            raise InvalidParameter(
                "Expected to be told the size of pictures, since the network takes any; send "
                "size=224, or what it was trained with.",
                "/size",
            )
        told = (found[0], found[1])
    if any(fixed not in (None, side) for fixed, side in zip(found, told, strict=True)):
        raise InvalidParameter(
            f"Expected the size that the network has, {found[0]},{found[1]}, got "
            f"{told[0]},{told[1]}; leave it out.",
            "/size",
        )
    return told


def _no_picture(value: ValueInfoProto) -> UnsupportedFile:
    return UnsupportedFile(
        "Expected an input of pictures, N x H x W x 3 or N x 3 x H x W of float32 or uint8, got "
        f"{value.name!r:.60} of {_shape(value)}; export it so that it takes pictures."
    )


def _shape(value: ValueInfoProto) -> str:
    dims = ["?" if dim is None else str(dim) for dim in dims_of(value)]
    more = [f"… ({len(dims)} axes)"] if len(dims) > NAMED else []
    kind = DTYPES.get(value.type.tensor_type.elem_type, "numbers of another type")
    return f"{' x '.join(dims[:NAMED] + more) or 'no shape'} {kind}"

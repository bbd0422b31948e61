"""What a network expects of its input: how the pixels of a picture become its numbers."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from worker.data.backbones.options import (
    BackboneOptions,
    ChannelOrder,
    Convention,
    Layout,
    Resize,
)
from worker.errors import InvalidParameter

Three = tuple[float, float, float]
ZEROS: Three = (0.0, 0.0, 0.0)
ONES: Three = (1.0, 1.0, 1.0)
# How libraries scale pixels for the networks that they offer.
CONVENTIONS: dict[Convention, dict[str, Any]] = {
    "torchvision": {"scale": 1 / 255, "mean": (0.485, 0.456, 0.406), "std": (0.229, 0.224, 0.225)},
    "keras": {"scale": 1 / 127.5, "mean": ONES, "std": ONES},
    "raw": {"scale": 1.0, "mean": ZEROS, "std": ONES},
}
SCALING = ("scale", "mean", "std")


@dataclass(frozen=True)
class Expectation:
    """What a network is given: (pixels · scale - mean) / std, for each channel.

    Attributes:
        size: height and width of a picture.
        layout: the order of the axes.
        dtype: `float32`, or `uint8` where the network scales the pixels itself.
        scale, mean, std: as above; the last two for each channel, in the order of the channels.
        channel_order: in which the channels are given.
        resize: how a picture of other proportions gets the size.
    """

    size: tuple[int, int]
    layout: Layout = "NHWC"
    dtype: str = "float32"
    scale: float = 1.0
    mean: Three = ZEROS
    std: Three = ONES
    channel_order: ChannelOrder = "rgb"
    resize: Resize = "squash"

    def prepared(self, pictures: NDArray[np.uint8]) -> NDArray[Any]:
        """Returns pictures, (n, height, width, 3) in red, green and blue, as the network takes
        them."""
        given: NDArray[Any] = pictures
        if self.channel_order == "bgr":
            given = given[..., ::-1]
        if self.dtype == "float32":
            given = self._scaled(given)
        if self.layout == "NCHW":
            given = given.transpose(0, 3, 1, 2)
        return np.ascontiguousarray(given)

    def _scaled(self, pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
        """The pixels as floats, line by line: NumPy takes ten times as long where it goes over no
        more than three numbers at a time."""
        *_, height, width, channels = pictures.shape
        lines = pictures.reshape(-1, width * channels).astype(np.float32)
        mean, std = (np.tile(np.asarray(each, np.float32), width) for each in (self.mean, self.std))
        if self.scale != 1:
            lines *= np.float32(self.scale)
        if self.mean != ZEROS:
            lines -= mean
        if self.std != ONES:
            lines /= std
        return lines.reshape(-1, height, width, channels)

    def as_dict(self) -> dict[str, Any]:
        """Returns it as plain JSON."""
        lists = {name: [*getattr(self, name)] for name in ("size", "mean", "std")}
        return {**vars(self), **lists}


def in_order(convention: dict[str, Any], turned: bool) -> dict[str, Any]:
    """How a convention scales the channels of a network that is given them in the order of blue,
    green, red, if they are `turned`."""
    told = dict(convention)
    for name in ("mean", "std") if turned else ():
        told[name] = told[name][::-1]
    return told


def expectation(
    size: tuple[int, int],
    layout: Layout,
    dtype: str,
    asked: BackboneOptions,
    written: BackboneOptions,
) -> Expectation:
    """Returns what a network expects.

    Args:
        size, layout, dtype: of its input.
        asked: what the caller says of it, which goes before all else.
        written: what is written in the file.

    Raises:
        InvalidParameter: it takes whole pixels, so there is nothing to be scaled.
    """
    told: dict[str, Any] = {}
    turned = (asked.channel_order or written.channel_order) == "bgr"
    for said in (written, asked):
        if said.convention is not None:
            told |= in_order(CONVENTIONS[said.convention], turned)
        names = (*SCALING, "channel_order", "resize")
        told |= {name: value for name in names if (value := getattr(said, name)) is not None}
    found = Expectation(size, layout, dtype, **told)
    if dtype == "uint8" and (found.scale, found.mean, found.std) != (1.0, ZEROS, ONES):
        raise InvalidParameter(
            "Expected no scale, mean or std, since this network takes uint8 pixels and scales them "
            "itself, got some; leave them out, or say convention=raw.",
            "/scale",
        )
    return found

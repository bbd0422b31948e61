"""How a sample becomes numbers: the same in training and in prediction."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, Self

# Processes that decode pictures import this: nothing here takes long to import.
Resize = Literal["squash", "crop", "pad"]
Kind = Literal["picture", "table"]

CHANNELS = 3
# With which nobody sees a difference, says Pillow of its thumbnails.
REDUCING_GAP = 2.0

# What older manifests, which lack these fields, were made with: there were pictures only, and their
# colour profiles were ignored.
BEFORE: dict[str, Any] = {"kind": "picture", "dtype": "uint8", "color_space": "as_stored"}


@dataclass(frozen=True)
class Preprocessing:
    """How a sample becomes numbers; kept in the dataset and in every model trained on it.

    Attributes:
        height, width: of a picture, in pixels.
        mode: Pillow's name for its channels.
        resize: how a picture of other proportions gets this size: `squash`, `crop` to the middle,
            or `pad` with the background.
        filter: by which a picture of another size is resized; a key of fitting.FILTERS.
        background: red, green and blue, 0 to 255, behind what is transparent.
        decoder: the library that decodes it.
        color_space: `srgb` where colour profiles are converted to sRGB, `as_stored` where they are
            ignored.
        kind: `picture` for pixels from 0 to 255, `table` for numbers of any size.
        dtype: of the samples as the dataset has them, NumPy's name for it.
        reducing_gap: a JPEG is decoded at a half, a quarter or an eighth of its size, as long as
            its shorter side stays so many times the longer one here; None: at its whole size.
    """

    height: int = 64
    width: int = 64
    mode: str = "RGB"
    resize: Resize = "squash"
    filter: str = "bicubic"
    background: tuple[int, int, int] = (255, 255, 255)
    decoder: str = "pillow"
    color_space: str = "srgb"
    kind: Kind = "picture"
    dtype: str = "uint8"
    reducing_gap: float | None = None

    @property
    def shape(self) -> tuple[int, int, int]:
        """Of a decoded picture: (height, width, channels)."""
        return self.height, self.width, CHANNELS

    def as_dict(self) -> dict[str, Any]:
        """Returns it as plain JSON."""
        values = {**asdict(self), "background": list(self.background)}
        if self.reducing_gap is None:  # which datasets and models had not before
            del values["reducing_gap"]
        return values

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Returns what a manifest says, also an older one that lacks some of the fields."""
        return cls(**{**BEFORE, **values, "background": tuple(values["background"])})

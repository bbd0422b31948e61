"""What an upload may ask for: how its files become samples."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

Resize = Literal["squash", "crop", "pad"]
ChannelOrder = Literal["rgb", "bgr"]
LEAST_SIDE, LARGEST_SIDE = 8, 512


class ImportOptions(BaseModel):
    """None is what suits most files.

    Attributes:
        image_size: pixels on each side that files of pictures get; 64 if None.
        resize: how: squashed, cropped to the middle, or padded with the background; squashed if
            None.
        channel_order: of arrays of pictures; red, green and blue if None.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    image_size: int | None = None
    resize: Resize | None = None
    channel_order: ChannelOrder | None = None


AS_THEY_ARE = ImportOptions()

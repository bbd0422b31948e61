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
        x, y: how the arrays of pictures and of labels are called in their files or groups; as
            their names and shapes tell if None.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    image_size: int | None = None
    resize: Resize | None = None
    channel_order: ChannelOrder | None = None
    x: str | None = None
    y: str | None = None

    @property
    def of_pictures(self) -> dict[str, object]:
        """What was asked for of files of pictures, by name."""
        return self._asked("image_size", "resize")

    @property
    def of_arrays(self) -> dict[str, object]:
        """What was asked for of arrays, by name."""
        return self._asked("channel_order", "x", "y")

    def _asked(self, *names: str) -> dict[str, object]:
        return {name: value for name in names if (value := getattr(self, name)) is not None}


AS_THEY_ARE = ImportOptions()

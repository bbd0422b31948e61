"""What an upload may ask for: how its files become samples."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from worker.data.preprocessing import Resize
from worker.errors import InvalidParameter

ChannelOrder = Literal["rgb", "bgr"]
Side = Annotated[int, Field(ge=8, le=512)]
ArrayName = Annotated[str, Field(min_length=1, max_length=200)]
ColumnName = Annotated[str, Field(min_length=1, max_length=200)]
# Which options are for which files.
OPTIONS_OF = {
    "files of pictures": ("image_size", "resize"),
    "arrays": ("channel_order", "x", "y"),
    "tables": ("label", "leave_out"),
}


class ImportOptions(BaseModel):
    """None is what suits most files.

    Attributes:
        image_size: pixels on each side that files of pictures get; 64 if None.
        resize: how: squashed, cropped to the middle, or padded with the background; squashed if
            None.
        channel_order: of arrays of pictures; red, green and blue if None.
        x, y: how the arrays of pictures and of labels are called in their files or groups; as
            their names and shapes tell if None.
        label: the column of a table that has the classes; as its name tells if None.
        leave_out: columns of a table that are not used.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    image_size: Side | None = None
    resize: Resize | None = None
    channel_order: ChannelOrder | None = None
    x: ArrayName | None = None
    y: ArrayName | None = None
    label: ColumnName | None = None
    leave_out: tuple[ColumnName, ...] | None = None

    def check_for(self, files: str) -> None:
        """Refuse options of other files.

        Args:
            files: which came, a key of OPTIONS_OF.

        Raises:
            InvalidParameter: something was asked for that these files have no use for.
        """
        for others, names in OPTIONS_OF.items():
            asked = [name for name in names if getattr(self, name) is not None]
            if asked and others != files:
                raise InvalidParameter(
                    f"Expected {' and '.join(asked)} with {others}, got that with {files}; "
                    "leave it out.",
                    f"/{asked[0]}",
                )


AS_THEY_ARE = ImportOptions()

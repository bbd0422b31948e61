"""What somebody may say of a network: what it expects of a picture, and where its features are."""

from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

Layout: TypeAlias = Literal["NHWC", "NCHW"]
ChannelOrder: TypeAlias = Literal["rgb", "bgr"]
Resize: TypeAlias = Literal["squash", "crop"]
Convention: TypeAlias = Literal["torchvision", "keras", "raw"]
Side = Annotated[int, Field(ge=8, le=1024)]
Number = Annotated[float, Field(allow_inf_nan=False, ge=-1e6, le=1e6)]
Divisor = Annotated[float, Field(allow_inf_nan=False, gt=0, le=1e6)]
CHANNELS = 3
MOST_NAME = 500  # characters of a tensor's name


def _split(value: object, count: int) -> object:
    """The parts of `a, b`, in brackets or not; a single one as often as it is wanted."""
    if isinstance(value, str):
        value = [part.strip() for part in value.strip("[]() ").split(",")]
    if not isinstance(value, list | tuple):
        return value
    if len(value) not in (1, count):
        raise ValueError(f"expected one number, or {count} of them, got {len(value)}")
    return [*value] * (count // len(value))


def two(value: object) -> object:
    return _split(value, 2)


def three(value: object) -> object:
    return _split(value, CHANNELS)


class BackboneOptions(BaseModel):
    """None is what the file says itself, or else what suits most.

    Attributes:
        output: the tensor that has the features; as the end of the network tells if None.
        convention: whose way to scale pixels it expects.
        size: height and width of a picture.
        layout: of its input: NHWC or NCHW; as its shape tells if None.
        scale, mean, std: it is given (pixels · scale - mean) / std, for each channel.
        channel_order: red, green, blue, or the other way round.
        resize: how a picture of other proportions gets the size: squashed, or cropped to the
            middle.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    output: Annotated[str, Field(min_length=1, max_length=MOST_NAME)] | None = None
    convention: Convention | None = None
    size: Annotated[tuple[Side, Side], BeforeValidator(two)] | None = None
    layout: Layout | None = None
    scale: Divisor | None = None
    mean: Annotated[tuple[Number, Number, Number], BeforeValidator(three)] | None = None
    std: Annotated[tuple[Divisor, Divisor, Divisor], BeforeValidator(three)] | None = None
    channel_order: ChannelOrder | None = None
    resize: Resize | None = None

    def asked(self) -> dict[str, object]:
        """Returns what was said, as plain JSON."""
        return self.model_dump(mode="json", exclude_none=True)

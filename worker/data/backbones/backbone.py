"""What is known of a network that makes features of pictures."""

from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field, TypeAdapter

from worker.data.backbones.expectation import Expectation
from worker.data.backbones.options import MOST_NAME, Layout

NETWORK = "network.onnx"  # the file of a backbone
MOST_FEATURES = 2**14


@dataclass(frozen=True)
class Backbone:
    """How its network is asked, and what it answers.

    Attributes:
        input: what it expects of a picture.
        output: the tensor that has the features.
        pooled: the layout of that tensor where it has features for each place in a picture, of
            which the mean is taken; None where it has them for the picture as a whole.
        batched: whether it takes any number of pictures at once, and not one alone.
        features: numbers for each picture.
        parameters: numbers that it has learned.
        opset: the version of its operators.
    """

    input: Expectation
    output: Annotated[str, Field(max_length=MOST_NAME)]
    pooled: Layout | None
    batched: bool
    features: Annotated[int, Field(gt=1, le=MOST_FEATURES)]
    parameters: int
    opset: int

    def as_dict(self) -> dict[str, Any]:
        """Returns it as plain JSON."""
        return {**vars(self), "input": self.input.as_dict()}

    @classmethod
    def from_dict(cls, values: Any) -> "Backbone":
        """Returns what a manifest says.

        Raises:
            ValidationError: it says something else.
        """
        return ADAPTER.validate_python(values)


ADAPTER = TypeAdapter(Backbone)

"""How a picture becomes numbers: the same in training and in prediction."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self


@dataclass(frozen=True)
class Preprocessing:
    """How a picture becomes numbers; kept in the dataset and in every model trained on it."""

    height: int = 64
    width: int = 64
    mode: str = "RGB"
    filter: str = "bicubic"
    background: tuple[int, int, int] = (255, 255, 255)
    decoder: str = "pillow"
    color_space: str = "srgb"

    def as_dict(self) -> dict[str, Any]:
        return {**asdict(self), "background": list(self.background)}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Also as datasets and models from before say it: they knew no colour profiles."""
        before = {"color_space": "as_stored"}
        return cls(**{**before, **values, "background": tuple(values["background"])})

"""How pictures get the size that a network expects."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from worker.data.backbones.expectation import Expectation
from worker.data.pictures.fitting import fitted
from worker.data.preprocessing import REDUCING_GAP, Preprocessing


def preprocessing(expects: Expectation) -> Preprocessing:
    """Returns how an encoded picture becomes the pixels that a network expects."""
    height, width = expects.size
    gap = REDUCING_GAP
    return Preprocessing(height=height, width=width, resize=expects.resize, reducing_gap=gap)


def sized(picture: NDArray[np.uint8], expects: Expectation) -> NDArray[np.uint8]:
    """Returns a picture of any size, (h, w, 3), in the size that a network expects; one of that
    size as it is."""
    if picture.shape[:2] == expects.size:
        return picture
    return np.asarray(fitted(Image.fromarray(picture), preprocessing(expects)))

"""A picture under the colours of heat: where on it is what speaks for an answer."""

import numpy as np
from PIL import Image

from worker.data.pictures.pixels import Pixels
from worker.nn.arrays import Array

LEAST_SIDE = 256  # of the longer side, to which small pictures are enlarged
STRENGTH = 0.75  # of the colour where it is hottest
COLD, WARM, HOT = (20, 20, 90), (220, 40, 40), (255, 230, 60)  # at 0, 1/2 and 1


def heat_map(pixels: Pixels, heat: Array) -> Pixels:
    """Returns the picture, in grey, under the colours of heat, (height, width, 3); a small one is a
    whole number of times as large.

    Args:
        pixels: (height, width, 3).
        heat: 0 to 1, (down, across); laid over all of the picture, however many places it has.
    """
    times = max(1, -(-LEAST_SIDE // max(pixels.shape[:2])))
    size = pixels.shape[1] * times, pixels.shape[0] * times
    grey = Image.fromarray(pixels).convert("L").resize(size, Image.Resampling.NEAREST)
    spread = Image.fromarray(heat.astype("float32")).resize(size, Image.Resampling.BILINEAR)
    hot = np.asarray(spread).clip(0, 1)
    shades = [np.interp(hot, (0, 0.5, 1), each) for each in zip(COLD, WARM, HOT, strict=True)]
    strength = (STRENGTH * (0.25 + 0.75 * hot))[..., None]
    mixed = strength * np.stack(shades, axis=-1) + (1 - strength) * np.asarray(grey)[..., None]
    coloured: Pixels = np.round(mixed).astype(np.uint8)
    return coloured

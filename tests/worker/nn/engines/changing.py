"""What is done to pictures as a batch is gathered, in plain NumPy and float64."""

from typing import Any

import numpy as np

from worker.data.augment import Augmentation, changes
from worker.nn.arrays import Array
from worker.nn.engines.batch import CHANGES

EVERYTHING: dict[str, Any] = {
    "flip": True, "shift": 2, "zoom": 0.3, "rotate": 40.0, "brightness": 0.4, "contrast": 0.5,
    "colour": 0.8, "cutout": 0.5,
}  # fmt: skip


def drawn(shape: tuple[int, ...], count: int, seed: int = 1, epoch: int = 0, **how: Any) -> Array:
    """Changes of so many pictures."""
    return changes(Augmentation(**how), shape, count, seed, epoch)


def changed(picture: Array, change: Array) -> Array:
    """A picture, (height, width, channels), changed, before it is normalized."""
    how = dict(zip(CHANGES, change, strict=True))
    found = looked_up(picture.astype("float64"), how)
    v, u = np.indices(picture.shape[:2])
    mean = picture.mean()
    cut = (how["top"] <= v) & (v < how["bottom"]) & (how["left"] <= u) & (u < how["right"])
    found[cut] = mean
    if [how[name] for name in ("brightness", "contrast", "colour")] == [1, 1, 1]:
        return found
    if picture.shape[2] == 3:
        lightness = found @ np.array([[0.299], [0.587], [0.114]])
        found = lightness + how["colour"] * (found - lightness)
    found = how["brightness"] * (mean + how["contrast"] * (found - mean))
    return np.asarray(found).clip(0, 255)


def looked_up(picture: Array, how: dict[str, float]) -> Array:
    """What lies where each place comes from, as the sum over all pixels, each by its nearness."""
    height, width = picture.shape[:2]
    v, u = np.indices((height, width))
    y = np.clip(how["y"] + how["y_down"] * v + how["y_right"] * u, 0, height - 1)
    x = np.clip(how["x"] + how["x_down"] * v + how["x_right"] * u, 0, width - 1)
    near_y = np.maximum(0, 1 - np.abs(y[..., None] - np.arange(height)))
    near_x = np.maximum(0, 1 - np.abs(x[..., None] - np.arange(width)))
    found: Array = np.einsum("vuy,vux,yxc->vuc", near_y, near_x, picture)
    return found

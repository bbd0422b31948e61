"""Why a model answers what it does about a picture: where on it is what speaks for a class."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np

from worker.data.pictures.pixels import Pixels
from worker.nn.arrays import Array
from worker.nn.attribution import class_activation, smoothed_gradient, towards
from worker.nn.engines.answering import PRECISION
from worker.serving.loaded_models import Loaded
from worker.training.evaluate import of_rows

Method = Literal["smoothed_gradient", "class_activation", "occlusion"]

COPIES = 32  # of a picture, each with other noise
NOISE = 0.1 * 255  # its deviation, of the value of a pixel
HOTTEST = 0.99  # the share of all places that is not as hot as can be
SQUARES = 8  # along the longer side of a picture, of those that are covered by turns


class Heat(NamedTuple):
    """How much each place of a picture speaks for a class.

    Attributes:
        places: (down, across), 0 to 1; there may be fewer than pixels.
    """

    method: Method
    places: Array


def heat(model: Loaded, pixels: Pixels, label: int) -> Heat:
    """Returns it for the class of this number and a model that takes pixels, (height, width, 3):
    by the activation of a network's last layer with places, if it is convolutional; else by the
    gradient of the class's logit."""
    samples = pixels[None].astype("float64")
    direction = towards(label, len(model.classes), model.loss, samples)
    if of_rows(model.network):
        found = smoothed_gradient(model.network, samples, direction, NOISE, COPIES)
        return Heat("smoothed_gradient", scaled(np.abs(found[0]).sum(axis=2)))
    samples, direction = samples.astype(PRECISION), direction.astype(PRECISION)
    return Heat("class_activation", scaled(class_activation(model.network, samples, direction)[0]))


def covered(pixels: Pixels) -> list[Pixels]:
    """Returns copies of a picture, (height, width, 3), each with another of its squares in the
    picture's mean colour, row by row.

    Source: Zeiler and Fergus, Visualizing and understanding convolutional networks, 2014,
    section 4.2.
    """
    colour, found = pixels.mean(axis=(0, 1)).astype("uint8"), []
    for down in edges(pixels.shape[0], pixels.shape):
        for across in edges(pixels.shape[1], pixels.shape):
            copy = pixels.copy()
            copy[down, across] = colour
            found.append(copy)
    return found


def heat_of_covered(model: Loaded, pixels: Pixels, features: Sequence[Array], label: int) -> Heat:
    """Returns where a class loses probability when a square is covered.

    Args:
        model: takes features.
        features: of the picture, and of its `covered` copies, each (n,).
    """
    whole, *each = model.probabilities(np.stack(features))[:, label]
    lost = np.maximum(whole - np.array(each), 0)
    down = len(edges(pixels.shape[0], pixels.shape))
    return Heat("occlusion", scaled(lost.reshape(down, -1)))


def edges(length: int, shape: tuple[int, ...]) -> list[slice]:
    """The squares along a side of this length of a picture of this shape."""
    side = max(1, -(-max(shape[:2]) // SQUARES))
    return [slice(at, min(at + side, length)) for at in range(0, length, side)]


def scaled(found: Array) -> Array:
    """Numbers of 0 or more as 0 to 1, of which the largest are 1; none is where all are 0."""
    most = float(np.quantile(found, HOTTEST)) or float(found.max())
    return np.clip(found / most, 0, 1) if most > 0 else np.zeros_like(found)

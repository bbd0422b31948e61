"""A network is tried on pictures of our own: its features must be of use."""

from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from worker.data.backbones.backbone import MOST_FEATURES, Backbone
from worker.data.backbones.options import Layout
from worker.data.backbones.running import answer, features, open_session, together
from worker.errors import LimitExceeded, UnsupportedFile

APART = 1e-6  # of the largest feature, by which those of two pictures must differ
TOLERANCE = 1e-4  # of the largest feature, by which those of one picture may differ
OUTPUT = "name another tensor by output=NAME"


def tried(file: Path, backbone: Backbone) -> Backbone:
    """Returns the backbone with what only a run tells: its number of features, and whether they
    are pooled.

    Args:
        file: the network, which ends at the backbone's output.

    Raises:
        UnsupportedFile, LimitExceeded: its features are of no use.
    """
    session = open_session(file, 1)  # the result does not depend on threads
    pictures = drawn(backbone.input.size)
    found = answer(session, backbone.input.prepared(pictures[:1]))
    layout, count = _kind_of(found, backbone)
    known = replace(backbone, pooled=layout, features=count)
    alone = features(session, known, pictures)
    _check(alone, together(session, known, pictures) if known.batched else alone)
    return known


def drawn(size: tuple[int, int]) -> NDArray[np.uint8]:
    """Returns four pictures that have little in common: a ramp of colours, squares, a disk, and
    noise."""
    height, width = size
    y, x = np.mgrid[0:height, 0:width]
    rows, columns = 255 * y // max(1, height - 1), 255 * x // max(1, width - 1)
    ramp = np.stack([rows, columns, 255 - rows], axis=-1)
    squares = np.where((y // 8 + x // 8) % 2, 230, 20)[..., None] * [1, 0.6, 0.3]
    near = (y - height / 2) ** 2 + (x - width / 2) ** 2 < (min(size) / 3) ** 2
    disk = np.where(near[..., None], [200, 60, 40], [90, 140, 220])
    noise = np.random.default_rng(1).integers(0, 256, (height, width, 3))
    return np.stack([ramp, squares, disk, noise]).astype(np.uint8)


def _kind_of(found: NDArray[np.float32], backbone: Backbone) -> tuple[Layout | None, int]:
    """How features lie in what the network makes of one picture, and how many there are."""
    if found.dtype != np.float32 or found.ndim not in (2, 4) or found.shape[0] != 1:
        raise UnsupportedFile(
            "Expected float32 features of one picture, 1 x features or 1 x features x h x w, got "
            f"{found.dtype} of {' x '.join(map(str, found.shape))} in {backbone.output!r:.60}; "
            f"{OUTPUT}."
        )
    layout = None if found.ndim == 2 else _spatial(found.shape[1:], backbone.input.layout)
    count = found.shape[1] if layout in (None, "NCHW") else found.shape[3]
    if not 1 < count <= MOST_FEATURES:
        raise LimitExceeded(
            f"Expected from 2 to {MOST_FEATURES:,} features, got {count:,} in "
            f"{backbone.output!r:.60}; {OUTPUT}."
        )
    return layout, count


def _spatial(shape: tuple[int, ...], like: Layout) -> Layout:
    """The layout of features for each place, by their shape without the batch: of the three
    numbers two are equal where pictures are square. Else it is that of the input."""
    first, second, third = shape
    if second == third != first:
        return "NCHW"
    return "NHWC" if first == second != third else like


def _check(alone: NDArray[np.float32], beside: NDArray[np.float32]) -> None:
    """Look at features of pictures, (n, features), by a network that was given each alone, and all
    at once."""
    if not np.isfinite(beside).all():
        raise UnsupportedFile(
            "Expected features that are finite, got some that are not, of pictures as the network "
            "expects them; look whether scale, mean and std are right."
        )
    largest = float(np.abs(beside).max())
    if any(np.abs(a - b).max() <= APART * largest for a, b in combinations(beside, 2)):
        raise UnsupportedFile(
            "Expected features that differ from picture to picture, got the same for two that have "
            f"nothing in common; {OUTPUT}, or look whether scale, mean and std are right."
        )
    if not np.abs(alone - beside).max() <= TOLERANCE * largest:  # nor is what is no number
        raise UnsupportedFile(
            "Expected features of a picture that do not depend on which others are beside it, got "
            "others alone than together; export the network for inference, not for training."
        )

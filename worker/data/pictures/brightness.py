"""How bright a picture is."""

from worker.data.pictures.pixels import Pixels

SIDE = 64  # pixels along each side that are looked at, about


def brightness(pixels: Pixels) -> float:
    """Returns the mean of a picture's values, from 0 to 1, by pixels evenly apart.

    Args:
        pixels: (height, width, channels), uint8.
    """
    down, across = (max(1, size // SIDE) for size in pixels.shape[:2])
    return float(pixels[::down, ::across].mean()) / 255

"""How a picture of any size gets the size of the samples."""

from PIL import Image

from worker.data.preprocessing import Preprocessing

FILTERS = {
    "nearest": Image.Resampling.NEAREST,
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
    "lanczos": Image.Resampling.LANCZOS,
}


def fitted(image: Image.Image, preprocessing: Preprocessing) -> Image.Image:
    """Returns the picture resized: to the size of the samples, or, if it is to be padded, to the
    largest of its own proportions within that. One of this size stays as it is."""
    size = preprocessing.width, preprocessing.height
    if image.size == size:
        return image
    by = FILTERS[preprocessing.filter]
    if preprocessing.resize == "crop":
        return image.resize(size, by, box=_middle(image.size, size))
    if preprocessing.resize == "pad":
        return image.resize(_within(image.size, size), by)
    return image.resize(size, by)


def padded(image: Image.Image, preprocessing: Preprocessing) -> Image.Image:
    """Returns a picture in the middle of its background; one of the samples' size as it is."""
    size = preprocessing.width, preprocessing.height
    if image.size == size:
        return image
    whole = Image.new(image.mode, size, preprocessing.background)
    left, upper = ((side - own) // 2 for side, own in zip(size, image.size, strict=True))
    whole.paste(image, (left, upper))
    return whole


def _middle(size: tuple[int, int], target: tuple[int, int]) -> tuple[float, float, float, float]:
    """The largest part with the proportions of the target: left, upper, right and lower edge."""
    width, height = size
    by = min(width / target[0], height / target[1])
    left, upper = (width - by * target[0]) / 2, (height - by * target[1]) / 2
    # Rounding may lead outside by a little, which Pillow refuses.
    return max(0, left), max(0, upper), min(width, width - left), min(height, height - upper)


def _within(size: tuple[int, int], target: tuple[int, int]) -> tuple[int, int]:
    by = min(target[0] / size[0], target[1] / size[1])
    width, height = (max(1, round(side * by)) for side in size)
    return width, height

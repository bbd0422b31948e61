"""Pictures as they stand on a sheet."""

from worker.data.pictures.pixels import Pixels
from worker.data.sheet.places import Places


def tile(found: Pixels, places: Places, group: int, number: int) -> Pixels:
    """What is seen on a sheet where a picture of a class stands."""
    left, top = places.tile(group, number)
    width, height = places.picture
    return found[top : top + height, left : left + width]


def heading(found: Pixels, places: Places, group: int) -> Pixels:
    """What is seen on a sheet between the top of a class and its pictures."""
    left, top = places.group(group)
    return found[top : places.tile(group, 0)[1], left : left + places.group_width]

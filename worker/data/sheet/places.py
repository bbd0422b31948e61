"""Where everything stands on a sheet, in pixels."""

from collections.abc import Sequence

SIDE = 128  # of a picture on the sheet, at most
LEAST_WIDTH, LEAST_HEIGHT = 48, 16  # of its place: a narrow picture has less than its caption needs
COLUMNS = 12
LEAST_SHEET = 480  # across, for what stands over the pictures
MARGIN, GAP, GUTTER = 28, 8, 24  # around the sheet, between pictures, between classes
TITLE, HEADING, CAPTION, LEGEND = 46, 30, 20, 26  # heights of texts, with the room around them

Point = tuple[int, int]


class Places:
    """A grid of classes, each of which is a grid of pictures.

    Args:
        shape: of a picture, (height, width, 3).
        classes: how many there are.
        rows: pictures of one, at most.
        legend: lines under them.

    Attributes:
        picture: the size at which one is drawn, (width, height).
        size: of the sheet.
        group_width: of a class.
    """

    def __init__(self, shape: Sequence[int], classes: int, rows: int, legend: int) -> None:
        self.picture = drawn_size(shape)
        self._cell = (
            max(self.picture[0], LEAST_WIDTH) + GAP,
            max(self.picture[1], LEAST_HEIGHT) + CAPTION,
        )
        self._across = min(rows, COLUMNS)  # pictures of a class side by side
        self._beside = min(COLUMNS // self._across, classes)  # classes side by side
        self.group_width = self._across * self._cell[0] - GAP
        self._group_height = HEADING + -(-rows // self._across) * self._cell[1]
        lines = -(-classes // self._beside)
        self._legend = MARGIN + TITLE + lines * (self._group_height + GUTTER)
        self.size = (
            max(LEAST_SHEET, 2 * MARGIN + self._beside * (self.group_width + GUTTER) - GUTTER),
            self._legend + legend * LEGEND + MARGIN - GUTTER * (not legend),
        )

    @property
    def title(self) -> Point:
        """The left upper corner of what stands over all."""
        return MARGIN, MARGIN

    def group(self, number: int) -> Point:
        """Returns the left upper corner of a class, where its heading stands."""
        line, place = divmod(number, self._beside)
        return (
            MARGIN + place * (self.group_width + GUTTER),
            MARGIN + TITLE + line * (self._group_height + GUTTER),
        )

    def tile(self, group: int, number: int) -> Point:
        """Returns the left upper corner of a picture of a class."""
        left, top = self.group(group)
        line, place = divmod(number, self._across)
        return left + place * self._cell[0], top + HEADING + line * self._cell[1]

    def legend(self, number: int) -> Point:
        """Returns the left upper corner of a line under the pictures."""
        return MARGIN, self._legend + number * LEGEND


def drawn_size(shape: Sequence[int]) -> Point:
    """Returns the width and height at which a picture is drawn: in its proportions, a small one a
    whole number of times as large, so that each of its pixels is seen."""
    height, width = shape[:2]
    longest = max(width, height)
    if longest <= SIDE:
        return width * (SIDE // longest), height * (SIDE // longest)
    return max(1, width * SIDE // longest), max(1, height * SIDE // longest)

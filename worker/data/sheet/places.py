"""Where everything stands on a sheet, in pixels."""

from collections.abc import Sequence

SIDE = 128  # of a picture on the sheet, at most
LEAST_WIDTH, LEAST_HEIGHT = 48, 16  # of its place: a narrow picture has less than its caption needs
COLUMNS = 12
FRAME = 3  # of a picture that a finding names, around it
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
        head, foot: where the pictures begin and end; the title is above, the legend below.
        group_width: of a class.
        across: pictures of a class side by side.
        lines: which classes stand side by side.
    """

    def __init__(self, shape: Sequence[int], classes: int, rows: int, legend: int) -> None:
        self.picture, self._rows = drawn_size(shape), rows
        self._cell = (
            max(self.picture[0], LEAST_WIDTH) + GAP,
            max(self.picture[1], LEAST_HEIGHT) + CAPTION,
        )
        self.across = min(rows, COLUMNS)
        self._beside = min(COLUMNS // self.across, classes)
        self.group_width = self.across * self._cell[0] - GAP
        self._group_height = HEADING + -(-rows // self.across) * self._cell[1]
        self.lines = [
            range(n, min(n + self._beside, classes)) for n in range(0, classes, self._beside)
        ]
        self.head = MARGIN + TITLE
        self.foot = self.head + len(self.lines) * (self._group_height + GUTTER)
        self.size = (
            max(LEAST_SHEET, 2 * MARGIN + self._beside * (self.group_width + GUTTER) - GUTTER),
            self.foot + legend * LEGEND + MARGIN,
        )

    @property
    def title(self) -> Point:
        """The left upper corner of what stands over all."""
        return MARGIN, MARGIN

    def cuts(self, line: int) -> list[int]:
        """Returns where a line of classes is cut into bands: above its headings, above each line of
        pictures, with room for their frames, and below the last."""
        first = self.lines[line][0]
        top = self.group(first)[1]
        pictures = range(0, self._rows, self.across)
        within = [self.tile(first, number)[1] - FRAME for number in pictures]
        return [top, *within, top + self._group_height + GUTTER]

    def group(self, number: int) -> Point:
        """Returns the left upper corner of a class, where its heading stands."""
        line, place = divmod(number, self._beside)
        return (
            MARGIN + place * (self.group_width + GUTTER),
            self.head + line * (self._group_height + GUTTER),
        )

    def tile(self, group: int, number: int) -> Point:
        """Returns the left upper corner of a picture of a class."""
        left, top = self.group(group)
        line, place = divmod(number, self.across)
        return left + place * self._cell[0], top + HEADING + line * self._cell[1]

    def legend(self, number: int) -> Point:
        """Returns the left upper corner of a line under the pictures."""
        return MARGIN, self.foot + number * LEGEND


def drawn_size(shape: Sequence[int]) -> Point:
    """Returns the width and height at which a picture is drawn: in its proportions, a small one a
    whole number of times as large, so that each of its pixels is seen."""
    height, width = shape[:2]
    longest = max(width, height)
    if longest <= SIDE:
        return width * (SIDE // longest), height * (SIDE // longest)
    return max(1, width * SIDE // longest), max(1, height * SIDE // longest)

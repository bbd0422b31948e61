"""Where everything stands on a sheet."""

from itertools import combinations, pairwise

import pytest

from worker.data.sheet.places import CAPTION, COLUMNS, FRAME, SIDE, Places, drawn_size


@pytest.mark.parametrize(
    ("shape", "size"),
    [
        ((64, 64, 3), (128, 128)),
        ((28, 28, 3), (112, 112)),
        ((96, 96, 3), (96, 96)),
        ((8, 16, 3), (128, 64)),
        ((512, 256, 3), (64, 128)),
        ((1, 100_000, 3), (128, 1)),
    ],
)
def test_small_pictures_are_drawn_whole_times_as_large_and_large_ones_fit(
    shape: tuple[int, ...], size: tuple[int, int]
) -> None:
    assert drawn_size(shape) == size


@pytest.mark.parametrize("shape", [(64, 64, 3), (8, 16, 3), (300, 1, 3)])
@pytest.mark.parametrize(
    ("classes", "rows"), [(1, 1), (2, 12), (7, 5), (30, 4), (18, 13), (240, 1)]
)
def test_no_picture_lies_on_another_or_outside(
    shape: tuple[int, ...], classes: int, rows: int
) -> None:
    places = Places(shape, classes, rows, legend=2)
    width, height = places.picture
    corners = [places.tile(group, n) for group in range(classes) for n in range(rows)]
    for (left, top), (other_left, other_top) in combinations(corners, 2):
        assert abs(left - other_left) >= width or abs(top - other_top) >= height + CAPTION
    assert max(left for left, _ in corners) + width < places.size[0]
    assert max(top for _, top in corners) + height + CAPTION < places.legend(0)[1]
    assert places.legend(1)[1] < places.size[1]


@pytest.mark.parametrize(("classes", "rows"), [(1, 1), (13, 1), (7, 5), (18, 13)])
def test_no_cut_goes_through_a_picture_its_frame_or_its_caption(classes: int, rows: int) -> None:
    places = Places((64, 64, 3), classes, rows, legend=1)
    cuts = [places.cuts(line) for line in range(len(places.lines))]
    assert [group for line in places.lines for group in line] == [*range(classes)]
    assert [line[0] for line in cuts] == [places.head, *(line[-1] for line in cuts[:-1])]
    assert cuts[-1][-1] == places.foot <= places.legend(0)[1]
    for line, own in zip(places.lines, cuts, strict=True):
        for group in line:
            for row in range(rows):
                top = places.tile(group, row)[1]
                bottom = top + places.picture[1] + CAPTION - FRAME
                assert any(a <= top - FRAME and bottom <= b for a, b in pairwise(own))


def test_the_largest_sheet_is_bounded() -> None:
    sizes = [Places((512, 512, 3), 240 // rows, rows, 20).size for rows in range(1, 241)]
    assert max(width for width, _ in sizes) < 2_000
    assert max(width * height for width, height in sizes) < 13_000_000


def test_few_pictures_make_a_narrow_sheet() -> None:
    assert Places((64, 64, 3), 1, 2, 0).size[0] < COLUMNS * SIDE
    assert Places((64, 64, 3), 1, 48, 0).size[0] > COLUMNS * SIDE

import numpy as np

from worker.nn.engines.cpu.places import NONE, places_over, places_under, rows_under
from worker.nn.windows import Window


def test_under_a_window_at_the_border_there_is_nothing() -> None:
    sources, order = places_under(Window(3, 1), 2, 2)
    assert sources.tolist() == [[NONE, 0, 2], [NONE, 1, 3], [0, 2, NONE], [1, 3, NONE]]
    assert order.tolist() == [0, 1, 2, 3]


def test_the_way_back_leads_from_each_place_to_the_windows_that_it_lies_in() -> None:
    sources, order = places_over(Window(1, 2, 2), 1, 4)
    assert sources.tolist() == [[0, NONE], [NONE, 0], [1, NONE], [NONE, 1]]
    assert order.tolist() == [0, 2, 1, 3]  # those at the same position come together


def test_the_last_place_fills_up_the_last_tile() -> None:
    table, order = places_under(Window(1, 2), 1, 3).tiled(2, source_step=3, step=5)
    assert order.tolist() == [0, 5, 10, 10]
    assert table.dtype == order.dtype == np.int32
    tiles = table.reshape(2, 2, 2)
    assert tiles[0].tolist() == [[0, 3], [3, 6]]
    assert tiles[1, 0].tolist() == [6, 6]
    assert (tiles[1, 1] < 0).all()


def test_sources_by_position() -> None:
    assert places_under(Window(2, 1, 2), 4, 1).by_position(7).tolist() == [0, 14, 7, 21]


def test_under_each_row_of_a_window_padded_pictures_lie_without_gaps() -> None:
    sources, order = rows_under(Window(2, 3, 2), 3, 3, c=5, row=32)
    assert sources.tolist() == [[0, 32], [10, 42], [64, 96], [74, 106]]
    assert order.tolist() == [0, 1, 2, 3]

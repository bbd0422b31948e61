import numpy as np
import pytest
from numpy.typing import NDArray

from worker.data.sketches import CLASSES, OTHERS, Drawing, Sketches, cat, draw, picture


@pytest.fixture(scope="module")
def sketches() -> Sketches:
    return draw()


def distinct(x: NDArray[np.uint8]) -> set[bytes]:
    return {picture.tobytes() for picture in x}


def test_by_default_six_hundred_train_and_two_hundred_test(sketches: Sketches) -> None:
    assert sketches.train_x.shape == (600, 64, 64, 3)
    assert sketches.train_y.shape == (600,)
    assert sketches.test_x.shape == (200, 64, 64, 3)
    assert sketches.test_y.shape == (200,)


def test_pictures_are_bytes_and_classes_are_integers(sketches: Sketches) -> None:
    assert [array.dtype for array in sketches] == [np.uint8, np.int64, np.uint8, np.int64]


def test_half_of_each_split_are_cats(sketches: Sketches) -> None:
    assert np.bincount(sketches.train_y).tolist() == [300, 300]
    assert np.bincount(sketches.test_y).tolist() == [100, 100]


def test_the_same_seed_draws_the_same_bytes(sketches: Sketches) -> None:
    again = draw()
    assert again.train_x.tobytes() == sketches.train_x.tobytes()
    assert again.test_x.tobytes() == sketches.test_x.tobytes()


def test_another_seed_draws_other_pictures(sketches: Sketches) -> None:
    other = draw(2, train_rows=20, test_rows=0)
    assert distinct(other.train_x).isdisjoint(distinct(sketches.train_x))


def test_a_picture_does_not_depend_on_how_many_are_drawn(sketches: Sketches) -> None:
    few = draw(train_rows=7, test_rows=3)
    assert np.array_equal(few.train_x, sketches.train_x[:7])
    assert np.array_equal(few.train_y, sketches.train_y[:7])
    assert np.array_equal(few.test_x, sketches.test_x[:3])
    assert np.array_equal(few.test_y, sketches.test_y[:3])


def test_no_picture_occurs_twice_in_or_across_the_splits(sketches: Sketches) -> None:
    assert len(distinct(np.concatenate([sketches.train_x, sketches.test_x]))) == 800


def test_no_rows_are_an_empty_split() -> None:
    empty = draw(train_rows=0, test_rows=1)
    assert empty.train_x.shape == (0, 64, 64, 3)
    assert empty.train_y.shape == (0,)


@pytest.mark.parametrize("size", [1, 32, 100])
def test_pictures_come_in_the_size_asked_for(size: int) -> None:
    assert draw(train_rows=2, test_rows=0, size=size).train_x.shape == (2, size, size, 3)


@pytest.mark.parametrize("other", OTHERS)
def test_every_other_thing_differs_from_a_cat_in_the_same_pose_and_colours(other: Drawing) -> None:
    ours, theirs = (picture(thing, 64, np.random.default_rng(1)) for thing in (cat, other))
    assert (np.abs(ours.astype(int) - theirs).max(axis=2) > 60).mean() > 0.05


@pytest.mark.parametrize("thing", [cat, *OTHERS])
def test_every_thing_stands_out_from_its_ground(thing: Drawing) -> None:
    grey = picture(thing, 64, np.random.default_rng(1)).mean(axis=2)
    ground = np.median(grey[:, 0])
    assert (np.abs(grey - ground) > 60).mean() > 0.05


def test_dark_and_light_cats_both_occur(sketches: Sketches) -> None:
    cats = sketches.train_x[sketches.train_y == CLASSES.index("cat")].mean(axis=3)
    dark = cats[:, 24:40, 24:40].mean(axis=(1, 2)) < cats.mean(axis=(1, 2))
    assert 0.7 < dark.mean() < 0.9

"""Batches are the samples in their order, changed as they are to be, and normalized."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from tests.worker.nn.engines.changing import EVERYTHING, changed, drawn
from tests.worker.nn.engines.computing import computed, eps, every_precision, rows_of
from worker.nn.arrays import Array
from worker.nn.engines.batch import UNCHANGED
from worker.nn.engines.cpu.engine import CpuEngine
from worker.nn.normalization import Normalization, none

pytestmark = pytest.mark.usefixtures("no_step_is_small")

rng = np.random.default_rng(0)
SHAPE = (13, 17, 3)
PICTURES = rng.integers(0, 256, (9, *SHAPE), dtype="uint8")

every_layout = pytest.mark.parametrize("pictures", [False, True], ids=["rows", "pictures"])


def normal_of(shape: tuple[int, ...], precision: str) -> Normalization:
    return Normalization(rng.uniform(0, 255, shape), rng.uniform(0, 0.1, shape)).astype(precision)


def gathered(
    x: Array, changes: Array | None = None, *, precision: str = "float64", threads: int = 2,
    pictures: bool = False, by: Normalization | None = None,
) -> Array:  # fmt: skip
    """A batch of all these pictures, in the shape of x."""
    do, by = CpuEngine(precision, threads), by or none(np.zeros(x.shape[1:]))
    given = {} if changes is None else {"changes": changes}
    rows = rows_of(x, **given)
    X = computed(do, lambda: do.batch(by, pictures=pictures, changed=bool(given)), rows)
    assert X.shape == (x.shape if pictures else (len(x), x[0].size))
    return np.array(X).reshape(x.shape)


def asked(x: Array = PICTURES, seed: int = 1, **how: Any) -> Array:
    """The pictures as they are after such changes."""
    return gathered(x, drawn(x.shape[1:], len(x), seed, **how))


@every_precision
def test_rows_are_gathered_in_their_order_and_normalized(precision: str) -> None:
    x, order = rng.integers(0, 256, (30, 19), dtype="uint8"), rng.integers(0, 30, 50)
    normal = normal_of((19,), precision)
    do = CpuEngine(precision, threads=3)
    X = computed(do, lambda: do.batch(normal), rows_of(x, order=order))
    assert_allclose(X, normal.apply(x[order]), 4 * eps(precision), 32 * eps(precision))


@every_precision
@pytest.mark.parametrize("shape", [(1, 1, 1), (1, 1, 3), (3, 2, 1), (4, 5, 3), (2, 3, 20)])
@pytest.mark.parametrize("how", [{}, EVERYTHING], ids=["as they are", "changed"])
def test_pictures_are_the_same_numbers_as_rows(
    precision: str, shape: tuple[int, ...], how: dict[str, Any]
) -> None:
    x = rng.integers(0, 256, (5, *shape), dtype="uint8")
    changes, by = drawn(shape, 5, **how) if how else None, normal_of(shape, precision)
    rows, pictures = (
        gathered(x, changes, precision=precision, pictures=pictures, by=by)
        for pictures in (False, True)
    )
    assert_array_equal(rows, pictures)


@every_precision
def test_a_whole_batch_of_pictures_is_there_at_once(precision: str) -> None:
    do, rows, by = CpuEngine(precision, threads=2), rows_of(PICTURES), normal_of(SHAPE, precision)
    X = computed(do, lambda: do.whole_batch(by, rows, pictures=True), rows)
    assert X.shape == PICTURES.shape
    assert_array_equal(X, gathered(PICTURES, precision=precision, by=by))


def moved(picture: Array, mirrored: int, down: int, right: int) -> Array:
    """By padding with the edge and cutting out."""
    height, width = picture.shape[:2]
    far = max(abs(down), abs(right))
    wide = np.pad(picture, ((far, far), (far, far), (0, 0)), mode="edge")
    cut = wide[far - down : far - down + height, far - right : far - right + width]
    return cut[:, ::-1] if mirrored else cut


def changes_of(moves: Array, width: int) -> Array:
    """Of whether each picture is mirrored, and how far it is moved down and to the right."""
    found = np.tile(np.array(UNCHANGED, "float64"), (len(moves), 1))
    mirrored, down, right = moves.T
    found[:, 0], found[:, 3], found[:, 5] = -down, mirrored * (width - 1) - right, 1 - 2 * mirrored
    return found


@every_precision
@settings(deadline=None)
@given(shape=st.tuples(*[st.integers(1, 7)] * 3), shift=st.integers(0, 9), seed=st.integers(0, 99))
def test_pictures_are_moved_and_mirrored_by_their_place_in_the_order(
    precision: str, shape: tuple[int, int, int], shift: int, seed: int
) -> None:
    chance = np.random.default_rng(seed)
    x, order = chance.integers(0, 256, (9, *shape), dtype="uint8"), chance.permutation(9)
    moves = np.column_stack([chance.integers(0, 2, 9), chance.integers(-shift, shift + 1, (9, 2))])
    do, by = CpuEngine(precision, threads=2), none(np.zeros(shape)).astype(precision)
    rows = rows_of(x, order=order, changes=changes_of(moves, shape[1]))
    X = computed(do, lambda: do.batch(by, changed=True), rows)
    pairs = zip(x[order], moves, strict=True)
    assert_array_equal(X.reshape(x.shape), [moved(picture, *how) for picture, how in pairs])


@every_precision
@settings(deadline=None)
@given(
    shape=st.tuples(st.integers(1, 9), st.integers(1, 9), st.integers(1, 6)),
    how=st.fixed_dictionaries(
        {"flip": st.booleans(), "shift": st.integers(0, 4)},
        optional={
            "zoom": st.floats(0, 0.9), "rotate": st.floats(0, 180), "brightness": st.floats(0, 1),
            "contrast": st.floats(0, 1), "colour": st.floats(0, 1), "cutout": st.floats(0, 1),
        },
    ),
    seed=st.integers(0, 99),
)  # fmt: skip
def test_pictures_are_changed_as_the_formulas_say(
    precision: str, shape: tuple[int, int, int], how: dict[str, Any], seed: int
) -> None:
    x = np.random.default_rng(seed).integers(0, 256, (4, *shape), dtype="uint8")
    changes, by = drawn(shape, 4, seed, **how), normal_of(shape, precision)
    X = gathered(x, changes, precision=precision, by=by)
    expected = [by.apply(changed(*pair)) for pair in zip(x, changes, strict=True)]
    assert_allclose(X, expected, 0, 2000 * eps(precision))


@every_layout
@every_precision
def test_unasked_nothing_changes(precision: str, pictures: bool) -> None:
    by, changes = normal_of(SHAPE, precision), drawn(SHAPE, 9)
    found = gathered(PICTURES, changes, precision=precision, pictures=pictures, by=by)
    assert_array_equal(found, gathered(PICTURES, precision=precision, by=by))


@every_layout
@every_precision
@pytest.mark.parametrize("how", [{"flip": True, "shift": 3}, EVERYTHING], ids=["moved", "all"])
def test_threads_change_no_bit(precision: str, pictures: bool, how: dict[str, Any]) -> None:
    by, changes = normal_of(SHAPE, precision), drawn(SHAPE, 9, **how)
    one, *more = (
        gathered(
            PICTURES, changes, precision=precision, threads=n, pictures=pictures, by=by
        ).tobytes()
        for n in (1, 2, 3)
    )
    assert more == [one, one]


def test_flipped_twice_a_picture_is_as_it_was() -> None:
    flips = changes_of(np.array([[1, 0, 0]] * 9), SHAPE[1])
    once = gathered(PICTURES, flips)
    assert_array_equal(once, PICTURES[:, :, ::-1])
    assert_array_equal(gathered(once.astype("uint8"), flips), PICTURES)


@pytest.mark.parametrize("turns", [1, 2, 3])
@pytest.mark.parametrize("size", [1, 2, 8, 9])
def test_a_turn_by_right_angles_is_numpys(turns: int, size: int) -> None:
    x = rng.integers(0, 256, (2, size, size, 3), dtype="uint8")
    change = np.tile(drawn((size, size, 3), 1), (2, 1))
    middle, angle = (size - 1) / 2, turns * np.pi / 2
    along, across = np.cos(angle), np.sin(angle)
    change[:, 0:3] = [middle - (along + across) * middle, along, across]
    change[:, 3:6] = [middle - (along - across) * middle, -across, along]
    assert_allclose(gathered(x, change), np.rot90(x, turns, (1, 2)), atol=1e-11)


def test_a_picture_of_one_colour_stays_so_however_it_is_turned() -> None:
    x = np.full((9, *SHAPE), 77, "uint8")
    assert (asked(x, flip=True, shift=5, zoom=0.5, rotate=180.0, cutout=0.7) == 77).all()


def test_a_picture_twice_as_large_has_means_between_its_pixels() -> None:
    change = drawn((1, 5, 1), 1)
    change[:, 3:6] = [1, 0, 0.5]  # about the third
    x = np.array([0, 10, 20, 50, 90], "uint8").reshape(1, 1, 5, 1)
    assert gathered(x, change).ravel().tolist() == [10, 15, 20, 35, 50]


# Colours.


def with_factors(brightness: float = 1, contrast: float = 1, colour: float = 1) -> Array:
    found = drawn(SHAPE, 9)
    found[:, 6:9] = brightness, contrast, colour
    return found


def test_brightness_multiplies_up_to_what_a_pixel_can_be() -> None:
    found = gathered(PICTURES, with_factors(brightness=1.5))
    assert_allclose(found, np.minimum(1.5 * PICTURES, 255), atol=1e-12)


def test_without_contrast_all_is_the_mean_of_the_picture() -> None:
    means = PICTURES.mean(axis=(1, 2, 3), keepdims=True)
    found = gathered(PICTURES, with_factors(contrast=0))
    assert_allclose(found, np.broadcast_to(means, found.shape), rtol=1e-12)


def test_without_colour_all_channels_are_the_lightness() -> None:
    lightness = PICTURES @ np.array([0.299, 0.587, 0.114])
    found = gathered(PICTURES, with_factors(colour=0))
    assert_allclose(found, np.repeat(lightness[..., None], 3, axis=-1), atol=1e-12)


@pytest.mark.parametrize("channels", [1, 2, 4])
def test_what_has_not_three_channels_has_no_colour(channels: int) -> None:
    x = rng.integers(0, 256, (9, 4, 5, channels), dtype="uint8")
    assert_array_equal(gathered(x, with_factors(colour=0.5)), x)


def test_a_square_is_cut_out_and_filled_with_the_mean_of_the_picture() -> None:
    changes = drawn(SHAPE, 9, cutout=0.4)
    found = gathered(PICTURES, changes)
    for picture, old, (top, bottom, left, right) in zip(
        found, PICTURES, changes[:, 9:].astype(int), strict=True
    ):
        inside = np.zeros(SHAPE[:2], bool)
        inside[top:bottom, left:right] = True
        assert_allclose(picture[inside], old.mean(), rtol=1e-12)
        assert_array_equal(picture[~inside], old[~inside])

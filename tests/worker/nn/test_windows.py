import numpy as np
import pytest

from worker.nn.windows import Padding, Window


@pytest.mark.parametrize(
    ("n", "kernel", "stride", "padding", "places"),
    [
        (5, 3, 1, "same", 5),
        (5, 3, 2, "same", 3),
        (6, 3, 2, "same", 3),
        (6, 2, 4, "same", 2),
        (1, 3, 1, "same", 1),
        (1, 3, 2, "same", 1),
        (5, 3, 1, "valid", 3),
        (5, 3, 2, "valid", 2),
        (6, 3, 2, "valid", 2),
        (6, 2, 4, "valid", 2),
        (1, 1, 3, "valid", 1),
        (3, 3, 2, "valid", 1),
    ],
)
def test_as_many_places_as_the_kernel_has(
    n: int, kernel: int, stride: int, padding: Padding, places: int
) -> None:
    window = Window(kernel, kernel, stride, padding)
    X = np.ones((2, n, n + stride, 1))
    parts = dict(window.parts(window.pad(X)))
    assert window.places(n, n + stride) == (places, places + 1)
    assert [*parts] == [(i, j) for i in range(kernel) for j in range(kernel)]
    assert {part.shape for part in parts.values()} == {(2, places, places + 1, 1)}


def test_height_and_width_are_apart() -> None:
    assert Window(2, 3, 1, "valid").places(4, 5) == (3, 3)
    assert Window(4, 5, 1, "valid").places(4, 5) == (1, 1)


def test_what_is_padded_lies_around_the_picture_and_more_of_it_at_the_end() -> None:
    X = np.ones((1, 2, 2, 1))
    assert Window(2, 2).pad(X)[0, :, :, 0].tolist() == [[1, 1, 0], [1, 1, 0], [0, 0, 0]]
    assert Window(1, 4).pad(X, 7)[0, :, :, 0].tolist() == [[7, 1, 1, 7, 7]] * 2


@pytest.mark.parametrize(
    "window", [Window(3, 3, 1, "valid"), Window(1, 1), Window(1, 1, 2), Window(2, 2, 2)]
)
def test_a_picture_is_not_copied_where_nothing_is_padded(window: Window) -> None:
    X = np.ones((1, 4, 4, 1))
    assert window.pad(X) is X


def test_the_picture_within_its_padding_is_the_picture() -> None:
    X = np.random.default_rng(0).normal(size=(2, 5, 4, 3))
    window = Window(4, 3, 2)
    P = window.pad(X)
    assert P.shape == window.padded(X.shape)
    assert (window.inner(P, X.shape) == X).all()


@pytest.mark.parametrize(("h", "w"), [(2, 5), (5, 2)])
def test_a_kernel_larger_than_the_picture_is_refused(h: int, w: int) -> None:
    with pytest.raises(ValueError, match=f"at least 3 × 3 for this kernel, got {h} × {w}"):
        Window(3, 3, 1, "valid").places(h, w)
